import { type DeliveryError, type DeliveryState, type DeliveryView } from '../../model/delivery.js';
import { type FailureReason } from '../../model/failure.js';
import { type WindowView } from '../notification-store.js';
import { routeAt } from './counters.js';
import { contentOf, errorsOf } from './content.js';
import { endedState, type Ledger, priorityAt } from './ledger.js';
import { type OpenWindow } from './open-windows.js';
import { type DeliveryRow, type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';

const WINDOW_ITEMS = 100;

export function stateOf(ledger: Ledger, row: MessageRow): DeliveryState {
  switch (row.state) {
    case MESSAGE_STATE.open:
      return 'gathering';
    case MESSAGE_STATE.queued:
      return ledger.sending.has(row.id) ? 'sending' : 'queued';
    case MESSAGE_STATE.delivered:
      return 'delivered';
    case MESSAGE_STATE.dead:
      return 'dead';
    case MESSAGE_STATE.ended:
      return 'cancelled';
  }
}

export function findDelivery(ledger: Ledger, deliveryId: string): DeliveryView | undefined {
  const entry = ledger.delivery(ledger.privateId('d', deliveryId));
  const row = entry === undefined ? undefined : ledger.message(entry.message);
  return entry === undefined || row === undefined ? undefined : deliveryView(ledger, entry, row);
}

export function deliveryView(ledger: Ledger, entry: DeliveryRow, row: MessageRow): DeliveryView {
  const content = contentOf(entry);
  const state = endedState(entry.state) ?? stateOf(ledger, row);
  const updatedAt = entry.ended_at ?? Math.max(row.updated_at, entry.at);
  const lastError = errorOf(row);
  const reason = reasonOf(state, entry, row);
  return {
    id: ledger.publicId('d', entry.id),
    type: content.type,
    channel: row.channel,
    to: row.address,
    title: content.title,
    priority: content.priority,
    state,
    route: routeAt(row.route),
    messageId: ledger.publicId('m', row.id),
    attempts: row.attempts,
    createdAt: iso(entry.at),
    updatedAt: iso(updatedAt),
    ...(state === 'delivered' ? { deliveredAt: iso(row.updated_at) } : {}),
    ...(lastError === undefined ? {} : { lastError }),
    ...(row.errors === null ? {} : { errors: errorsOf(row.errors) }),
    ...(reason === undefined ? {} : { reason }),
  };
}

export function windowView(ledger: Ledger, window: OpenWindow): WindowView {
  return {
    messageId: ledger.publicId('m', window.id),
    channel: window.channel,
    address: window.address,
    type: window.type,
    ...(window.groupKey === undefined ? {} : { groupKey: window.groupKey }),
    count: window.count,
    maxCount: window.policy.maxCount,
    burst: window.policy.burst === true,
    priority: priorityAt(ledger.priorityOf(window)),
    openedAt: iso(window.openedAt),
    dueAt: iso(window.dueAt),
    items: ledger
      .entries(window.id, window.tail)
      .slice(0, WINDOW_ITEMS)
      .map((entry) => ({ id: ledger.publicId('d', entry.id), title: contentOf(entry).title })),
  };
}

function reasonOf(state: DeliveryState, entry: DeliveryRow, row: MessageRow): FailureReason | undefined {
  switch (state) {
    case 'dead':
      return (row.reason ?? 'internal') as FailureReason;
    case 'cancelled':
      return (entry.reason ?? 'cancelled') as FailureReason;
    case 'expired':
    case 'replaced':
      return state;
    case 'gathering':
    case 'queued':
    case 'sending':
    case 'delivered':
      return undefined;
  }
}

function errorOf(row: MessageRow): DeliveryError | undefined {
  if (row.reason === null) return undefined;
  return { reason: row.reason as FailureReason, message: row.detail ?? '', at: iso(row.failed_at ?? row.updated_at) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
