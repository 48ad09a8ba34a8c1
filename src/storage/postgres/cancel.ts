import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { ConflictError, NotFoundError } from '../../model/errors.js';
import { CANCEL_REFUSALS } from '../cancel-refusals.js';
import { type CancelFilter, type CancelReason, type CancelReport, type Slice, type Sliced } from '../notification-store.js';
import { stateAt } from '../persisted.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { type AnsweredDelivery } from './answered-delivery.js';
import { contentOf } from './content.js';
import { messageState } from './delivery-view.js';
import { endAlone } from './end-alone.js';
import { hashOf } from './hash.js';
import { type Delivery } from './rows.js';
import { leaveWindow } from './window-entries.js';
import { type Work } from './work.js';

/**
 * Cancels a delivery before it is sent.
 *
 * @throws NotFoundError, ConflictError
 */
export async function cancel(work: Work, deliveryId: string, reason: CancelReason, now: number): Promise<void> {
  const id = work.context.privateId('d', deliveryId);
  await holdDeliveries(work, [id]);
  const delivery = work.deliveries.get(id);
  if (delivery === undefined) throw new NotFoundError(`delivery ${deliveryId}`);
  const refusal = cancelOne(work, delivery, reason, now);
  if (refusal !== undefined) throw new ConflictError(`delivery ${deliveryId} ${refusal}`);
}

/** Cancels what matches and is still to be sent, in the order of acceptance. The cursor is the last delivery looked at. */
export async function cancelMatching(work: Work, filter: CancelFilter, slice: Slice): Promise<Sliced<CancelReport>> {
  const { limit, now } = slice;
  const { ids, next } = await candidates(work, filter, slice);
  await holdDeliveries(work, ids);
  let [cancelled, kept] = [0, 0];
  for (const id of ids) {
    const delivery = work.deliveries.get(id);
    if (delivery === undefined || !matches(work, delivery, filter)) continue;
    if (cancelOne(work, delivery, 'cancelled', now) === undefined) cancelled++;
    else if (filter.idempotencyKey !== undefined || isPending(work, delivery)) kept++;
  }
  return { cancelled, kept, ...(ids.length < limit ? {} : next) };
}

/** Locks where deliveries stand, and reads them. */
async function holdDeliveries(work: Work, ids: readonly number[]): Promise<void> {
  const text = 'SELECT DISTINCT message AS id FROM delivery WHERE id = ANY($1::bigint[]) AND state = 0';
  const messages = (await work.queries.query<{ readonly id: number }>(text, [ids])).map(({ id }) => id);
  await work.windows.lockIds(messages);
  await work.queue.hold(messages);
  await work.deliveries.load(ids);
  await work.messages.load(ids.flatMap((id) => work.deliveries.get(id)?.message ?? []));
}

/** Cancels a delivery that may be, and says why it may not otherwise. */
function cancelOne(work: Work, delivery: Delivery, reason: CancelReason, now: number): string | undefined {
  const window = work.windows.byMessage(delivery.message);
  if (delivery.state !== 0) return CANCEL_REFUSALS.state(stateAt(delivery.state) ?? 'cancelled');
  if (window !== undefined) {
    leaveWindow(work, window, delivery, 'cancelled', now, reason);
    return undefined;
  }
  const message = work.messages.get(delivery.message);
  const isHeld = message !== undefined && work.queue.isHeld(message.id);
  if (!isHeld) return CANCEL_REFUSALS.state(messageState(message?.state ?? null, false));
  if (message.attempts > 0 && message.count > 1) return CANCEL_REFUSALS.frozen;
  if (endAlone(work, message, delivery, 'cancelled', reason, now)) work.dequeue(message);
  return undefined;
}

/** It is being sent, or frozen. */
function isPending(work: Work, { state, message }: Delivery): boolean {
  const holder = work.messages.get(message);
  return state === 0 && holder !== undefined && ['queued', 'sending'].includes(messageState(holder.state, true));
}

function matches(work: Work, { message, json }: Delivery, filter: CancelFilter): boolean {
  const holder = work.windows.byMessage(message) ?? work.messages.get(message);
  const content = contentOf(json);
  return (
    holder !== undefined &&
    (filter.groupKey ?? content.groupKey) === content.groupKey &&
    (filter.dedupeKey ?? content.dedupeKey) === content.dedupeKey &&
    (filter.type ?? content.type) === content.type &&
    (filter.channel ?? holder.channel) === holder.channel &&
    (filter.address ?? holder.address) === holder.address
  );
}

/** Deliveries that a slice looks at: those of an answer, or those with a key, whatever became of them. */
async function candidates(
  work: Work,
  { idempotencyKey, groupKey, dedupeKey }: CancelFilter,
  { limit, cursor, now }: Slice,
): Promise<{ readonly ids: readonly number[]; readonly next: { readonly next?: string } }> {
  const { after, until } = sliceRange(cursor, await newestDelivery(work));
  const rows =
    idempotencyKey !== undefined
      ? (await answered(work, idempotencyKey, now)).filter((id) => id > after && id <= until).slice(0, limit)
      : await withKey(work, groupKey === undefined ? ['dedupe', dedupeKey ?? ''] : ['group_key', groupKey], after, until, limit);
  const last = rows.at(-1);
  return { ids: rows, next: last === undefined ? {} : { next: sliceCursor(last, until) } };
}

async function withKey(
  { queries }: Work,
  [column, key]: readonly ['dedupe' | 'group_key', string],
  after: number,
  until: number,
  limit: number,
): Promise<readonly number[]> {
  const text = `SELECT id FROM delivery WHERE ${column} = $1 AND id > $2::bigint AND id <= $3::bigint ORDER BY id LIMIT $4::integer`;
  return (await queries.query<{ readonly id: number }>(text, [key, after, until, limit])).map(({ id }) => id);
}

async function answered(work: Work, idempotencyKey: string, now: number): Promise<readonly number[]> {
  const hash = hashOf(idempotencyKey);
  await work.answers.load([hash]);
  const answer = work.answers.get(hash);
  if (answer === undefined || answer.at <= now - NOTIFICATION_LIMITS.idempotencyMs) return [];
  return (JSON.parse(answer.answer) as readonly AnsweredDelivery[]).map(([id]) => id);
}

async function newestDelivery({ queries }: Work): Promise<number> {
  const [row] = await queries.query<{ readonly id: number | null }>('SELECT max(id) AS id FROM delivery');
  return row?.id ?? 0;
}
