import { type DeliveryError } from '../../model/delivery.js';
import { type FailureReason } from '../../model/failure.js';
import { type MovedDelivery, type MovedGathering, type MovedMessage } from '../store-transfer.js';
import { priorityAt, routeAt, STATE_NUMBER } from '../persisted.js';
import { chainFrom } from './chain.js';
import { contentOf, errorsOf, isRedacted, notificationOf, typeOf } from './content.js';
import { type StoreState } from './store-state.js';
import { type OpenWindow } from './open-windows.js';
import { unpack } from './packing.js';
import { type DeliveryRow, type MessageRow } from './rows.js';
import { MESSAGE_STATE, type MessageState } from './schema.js';

const STATES: Readonly<Record<MessageState, MovedMessage['state']>> = {
  [MESSAGE_STATE.open]: 'gathering',
  [MESSAGE_STATE.queued]: 'queued',
  [MESSAGE_STATE.delivered]: 'delivered',
  [MESSAGE_STATE.dead]: 'dead',
  [MESSAGE_STATE.ended]: 'ended',
};

/** @param expires whether anything in the store has an `expiresAt` */
export function movedMessage(store: StoreState, row: MessageRow, expires: boolean): MovedMessage {
  const window = store.windows.byMessage(row.id);
  const policy = window?.policy ?? store.policy(row.policy);
  return {
    kind: 'message',
    id: row.id,
    channel: row.channel,
    address: row.address,
    type: row.type,
    route: routeAt(row.route),
    state: STATES[row.state],
    priority: priorityAt(window === undefined ? row.priority : store.priorityOf(window)),
    attempts: row.attempts,
    openedAt: row.opened_at,
    updatedAt: row.updated_at,
    queuedAt: row.queued_at ?? row.opened_at,
    readyAt: row.ready_at ?? row.queued_at ?? row.opened_at,
    ...(row.send_by === null ? {} : { sendBy: row.send_by }),
    ...(policy === undefined ? {} : { policy }),
    errors: failuresOf(row),
    ...(row.answer === null ? {} : { answer: row.answer }),
    ...(row.progress === null ? {} : { progress: row.progress }),
    ...(row.replay === null ? {} : { replay: row.replay }),
    ...(row.sequence === null ? {} : { sequence: row.sequence }),
    ...(row.dismissed_at === null ? {} : { dismissedAt: row.dismissed_at }),
    ...(row.due_at === null ? {} : { dueAt: row.due_at }),
    ...(row.closed_at === null || row.closed_by === null ? {} : { closed: { at: row.closed_at, by: row.closed_by } }),
    ...(window === undefined ? {} : { gathering: gatheringOf(store, row, window) }),
    ...entriesOf(store, row, window, expires),
  };
}

/** An erased message has no list of its failures any more, but says why it failed. */
function failuresOf({ errors, reason, failed_at, updated_at }: MessageRow): readonly DeliveryError[] {
  const listed = errorsOf(errors);
  if (listed.length > 0 || reason === null) return listed;
  return [{ reason: reason as FailureReason, message: '', at: new Date(failed_at ?? updated_at).toISOString() }];
}

function gatheringOf(store: StoreState, row: MessageRow, window: OpenWindow): MovedGathering {
  const { key, groupKey, plannedAt, dueAt, expiring, notBefore, policy, openedAt, tail } = window;
  const first = policy.similarity === undefined ? undefined : store.delivery(row.first);
  return {
    key,
    ...(groupKey === undefined ? {} : { groupKey }),
    plannedAt,
    dueAt,
    ...(expiring === undefined ? {} : { expiring }),
    ...(notBefore === undefined ? {} : { notBefore }),
    lastAt: store.delivery(tail)?.at ?? openedAt,
    ...(first === undefined ? {} : { sample: sampleOf(first) }),
  };
}

/** What decides the group of a delivery, of its content. */
export function sampleOf(entry: Pick<DeliveryRow, 'json'>): string {
  const { title, body = '' } = contentOf(entry);
  return `${title} ${body}`;
}

function entriesOf(
  store: StoreState,
  row: MessageRow,
  window: OpenWindow | undefined,
  expires: boolean,
): Pick<MovedMessage, 'types' | 'first' | 'last' | 'expiresAt'> {
  const { count, tail, severalTypes } = window ?? { count: row.count, tail: row.tail, severalTypes: row.mixed === 1 };
  const bounds = { first: Math.min(row.first, tail === 0 ? row.first : tail), last: Math.max(row.first, tail) };
  if (count === 0) return { types: {}, ...bounds };
  if (!severalTypes && !expires) return { types: { [row.type]: count }, ...bounds };
  const types = new Map<string, number>();
  let expiresAt = Infinity;
  for (const entry of chainFrom(store, row.id, tail)) {
    if (entry.state !== 0) continue;
    const type = severalTypes ? typeOf(entry, row) : row.type;
    types.set(type, (types.get(type) ?? 0) + 1);
    expiresAt = Math.min(expiresAt, entry.expires_at ?? Infinity);
  }
  return { types: Object.fromEntries(types), ...bounds, ...(expiresAt === Infinity ? {} : { expiresAt }) };
}

const ENDED = new Map<number, 'cancelled' | 'expired' | 'replaced'>([
  [STATE_NUMBER.cancelled, 'cancelled'],
  [STATE_NUMBER.expired, 'expired'],
  [STATE_NUMBER.replaced, 'replaced'],
]);

/** @param row `size` is that of its content */
export function movedDelivery(row: DeliveryRow & { readonly size: number | null }): MovedDelivery {
  const state = ENDED.get(row.state);
  const json = textOf(row);
  return {
    kind: 'delivery',
    id: row.id,
    message: row.message,
    notification: notificationOf(row),
    content: row.content > 0 ? row.content : row.id,
    sharedBy: row.size ?? 1,
    erased: isRedacted(row),
    ...(json === undefined ? {} : { json }),
    at: row.at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    priority: priorityAt(row.priority),
    ...(row.recipient === null ? {} : { recipient: row.recipient }),
    ...(row.dedupe === null ? {} : { dedupeKey: row.dedupe }),
    ...(row.group_key === null ? {} : { groupKey: row.group_key }),
    ...(state === undefined ? {} : { ended: endOf(row, state) }),
  };
}

function endOf({ at, ended_at, reason }: DeliveryRow, state: 'cancelled' | 'expired' | 'replaced') {
  return { state, at: ended_at ?? at, ...(reason === null ? {} : { reason: reason as FailureReason }) };
}

/** As it was accepted; undefined when it cannot be unpacked. */
function textOf({ json }: Pick<DeliveryRow, 'json'>): string | undefined {
  if (json === null) return undefined;
  try {
    return unpack(json);
  } catch {
    return undefined;
  }
}
