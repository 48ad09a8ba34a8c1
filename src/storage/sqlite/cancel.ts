import { ConflictError, NotFoundError } from '../../model/errors.js';
import { CANCEL_REFUSALS } from '../cancel-refusals.js';
import { answeredCount } from './accept.js';
import { type CancelFilter, type CancelReason, type CancelReport, type Slice, type Sliced } from '../notification-store.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { endAlone } from './end-alone.js';
import { contentOf, typeOf } from './content.js';
import { endedState, type StoreState } from './store-state.js';
import { type DeliveryRow, type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';
import { stateOf } from './views.js';
import { leaveWindow } from './window-entries.js';
import { STATE_NUMBER } from '../persisted.js';

const CANCELLED = STATE_NUMBER.cancelled;

/** Cancels a delivery before it is sent. */
export function cancel(store: StoreState, deliveryId: string, reason: CancelReason, now: number): void {
  const entry = store.delivery(store.privateId('d', deliveryId));
  const row = entry === undefined ? undefined : store.message(entry.message);
  if (entry === undefined || row === undefined) throw new NotFoundError(`delivery ${deliveryId}`);
  const refusal = refusalOf(store, entry, row);
  if (refusal !== undefined) throw new ConflictError(`delivery ${deliveryId} ${refusal}`);
  cancelEntry(store, entry, row, reason, now);
}

/** Cancels what matches and is still to be sent, in the order of acceptance. */
export function cancelMatching(store: StoreState, filter: CancelFilter, slice: Slice): Sliced<CancelReport> {
  let cancelled = 0;
  let kept = 0;
  const { ids, next } = candidates(store, filter, slice);
  for (const id of ids) {
    const entry = store.delivery(id);
    const row = entry === undefined ? undefined : store.message(entry.message);
    if (entry === undefined || row === undefined || !matches(entry, row, filter)) continue;
    if (refusalOf(store, entry, row) === undefined) {
      cancelEntry(store, entry, row, 'cancelled', slice.now);
      cancelled++;
    } else if (filter.idempotencyKey !== undefined || isPending(entry, row)) {
      kept++;
    }
  }
  return { cancelled, kept, ...next };
}

/** Cancels one that may be cancelled. */
export function cancelEntry(store: StoreState, entry: DeliveryRow, row: MessageRow, reason: CancelReason, now: number): void {
  const window = store.windows.byMessage(row.id);
  if (window !== undefined) {
    leaveWindow(store, window, entry, 'cancelled', now, reason);
  } else {
    if (endAlone(store, row, entry, CANCELLED, now) && row.state === MESSAGE_STATE.queued) store.unqueue(row);
    store.counters.move(row.channel, typeOf(entry, row), row.route, 'queued', 'cancelled', 1);
    store.noteEnded(row, entry, { state: 'cancelled', reason, at: now });
  }
  if (reason !== 'cancelled') store.db.sql('UPDATE delivery SET reason = ? WHERE id = ?').run(reason, entry.id);
}

/** Why a delivery cannot be cancelled; undefined when it can. */
export function refusalOf(store: StoreState, entry: DeliveryRow, row: MessageRow): string | undefined {
  const state = endedState(entry.state) ?? stateOf(store, row);
  if (state !== 'gathering' && state !== 'queued') return CANCEL_REFUSALS.state(state);
  const isFrozen = state === 'queued' && row.attempts > 0 && row.count > 1;
  return isFrozen ? CANCEL_REFUSALS.frozen : undefined;
}

function isPending(entry: DeliveryRow, row: MessageRow): boolean {
  return entry.state === 0 && row.state < MESSAGE_STATE.delivered;
}

/** Ids of deliveries that may match: an index finds all that were accepted with the key. */
function candidates(
  store: StoreState,
  { idempotencyKey, groupKey, dedupeKey }: CancelFilter,
  { limit, cursor, now }: Slice,
): { readonly ids: readonly number[]; readonly next: { readonly next?: string } } {
  const { after, until } = sliceRange(cursor, store.nextDelivery - 1);
  const [from, to] = idempotencyKey === undefined ? [after, until] : answered(store, idempotencyKey, after, now);
  const { db } = store;
  const rows =
    idempotencyKey !== undefined
      ? db.sql('SELECT id FROM delivery WHERE id > ? AND id <= ? ORDER BY id LIMIT ?').all(from, to, limit)
      : groupKey !== undefined
        ? db
            .sql('SELECT id FROM delivery WHERE group_key = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?')
            .all(groupKey, from, to, limit)
        : db
            .sql('SELECT id FROM delivery WHERE dedupe = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?')
            .all(dedupeKey ?? '', from, to, limit);
  const ids = rows.map(({ id }) => Number(id));
  const last = ids.at(-1);
  return { ids, next: ids.length < limit || last === undefined ? {} : { next: sliceCursor(last, until) } };
}

/** The ids of the deliveries of an earlier notification, as the range behind the first number and up to the second. */
function answered(store: StoreState, idempotencyKey: string, after: number, now: number): readonly [number, number] {
  const found = store.idempotency.find(idempotencyKey, now);
  if (found === undefined) return [0, 0];
  return [Math.max(after, found.content - 1), found.content + answeredCount(found.answer) - 1];
}

function matches(entry: DeliveryRow, row: MessageRow, filter: CancelFilter): boolean {
  const content = contentOf(entry);
  return (
    (filter.groupKey ?? content.groupKey) === content.groupKey &&
    (filter.dedupeKey ?? content.dedupeKey) === content.dedupeKey &&
    (filter.type ?? content.type) === content.type &&
    (filter.channel ?? row.channel) === row.channel &&
    (filter.address ?? row.address) === row.address
  );
}
