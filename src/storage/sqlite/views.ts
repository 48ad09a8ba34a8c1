import { type DeliveryError, type DeliveryState, type DeliveryView } from '../../model/delivery.js';
import { type FailureReason } from '../../model/failure.js';
import { type WindowView } from '../notification-store.js';
import { WINDOW_ITEMS } from '../page.js';
import { iso, viewOfDelivery, viewOfWindow } from '../stored-views.js';
import { chainFrom } from './chain.js';
import { contentOf, errorsOf, notificationOf } from './content.js';
import { endedState, type StoreState } from './store-state.js';
import { type OpenWindow } from './open-windows.js';
import { type DeliveryRow, type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';
import { priorityAt, routeAt } from '../persisted.js';

export function stateOf(store: StoreState, row: MessageRow): DeliveryState {
  switch (row.state) {
    case MESSAGE_STATE.open:
      return 'gathering';
    case MESSAGE_STATE.queued:
      return store.claims.has(row.id) ? 'sending' : 'queued';
    case MESSAGE_STATE.delivered:
      return 'delivered';
    case MESSAGE_STATE.dead:
      return 'dead';
    case MESSAGE_STATE.ended:
      return 'cancelled';
  }
}

export function findDelivery(store: StoreState, deliveryId: string): DeliveryView | undefined {
  const entry = store.delivery(store.privateId('d', deliveryId));
  const row = entry === undefined ? undefined : store.message(entry.message);
  return entry === undefined || row === undefined ? undefined : deliveryView(store, entry, row);
}

export function deliveryView(store: StoreState, entry: DeliveryRow, row: MessageRow): DeliveryView {
  return viewOfDelivery({
    id: store.publicId('d', entry.id),
    notificationId: store.publicId('n', notificationOf(entry)),
    messageId: store.publicId('m', row.id),
    content: contentOf(entry),
    channel: row.channel,
    address: row.address,
    ...(entry.recipient === null ? {} : { recipient: entry.recipient }),
    state: endedState(entry.state) ?? stateOf(store, row),
    route: routeAt(row.route),
    attempts: row.attempts,
    acceptedAt: entry.at,
    ...(entry.ended_at === null ? {} : { endedAt: entry.ended_at }),
    ...(entry.reason === null ? {} : { endReason: entry.reason as FailureReason }),
    messageUpdatedAt: row.updated_at,
    ...failuresOf(row),
    policy: store.policy(row.policy),
    dueAt: store.windows.lookAt(row.id)?.dueAt ?? row.queued_at ?? undefined,
  });
}

export function windowView(store: StoreState, window: OpenWindow): WindowView {
  const newest = [...chainFrom(store, window.id, window.tail, 2 * WINDOW_ITEMS)];
  const shown = newest.filter(({ state }) => state === 0).slice(0, WINDOW_ITEMS);
  return viewOfWindow({
    messageId: store.publicId('m', window.id),
    channel: window.channel,
    address: window.address,
    type: window.type,
    ...(window.groupKey === undefined ? {} : { groupKey: window.groupKey }),
    count: window.count,
    maxCount: window.policy.maxCount,
    burst: window.policy.burst === true,
    priority: priorityAt(store.priorityOf(window)),
    openedAt: window.openedAt,
    lastActivityAt: newest[0]?.at ?? window.openedAt,
    dueAt: window.dueAt,
    ...(window.policy.plan && { plan: window.policy.plan }),
    items: shown.reverse().map((entry) => ({ id: store.publicId('d', entry.id), title: contentOf(entry).title })),
  });
}

function failuresOf(row: MessageRow): { readonly lastError?: DeliveryError; readonly errors?: readonly DeliveryError[] } {
  const errors = row.errors === null ? {} : { errors: errorsOf(row.errors) };
  if (row.reason === null) return errors;
  const lastError = { reason: row.reason as FailureReason, message: row.detail ?? '', at: iso(row.failed_at ?? row.updated_at) };
  return { lastError, ...errors };
}
