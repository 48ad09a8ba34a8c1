import { ConflictError, NotFoundError } from '../../model/errors.js';
import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { CANCEL_REFUSALS } from '../cancel-refusals.js';
import { type CancelFilter, type CancelReason, type CancelReport, type Slice, type Sliced } from '../notification-store.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { keyPrefix } from './delivery-set.js';
import { hashOf, idOf, padded } from './keys.js';
import { type Delivery, isPending, type Message } from './message.js';
import { type RowReader } from './read-rows.js';
import { stateOf } from './views.js';
import { MOST_CHANGED } from './window-slice.js';
import { type Work } from './work.js';

/**
 * Cancels a delivery before it is sent.
 *
 * @throws NotFoundError, ConflictError
 */
export async function cancel(
  work: Work,
  deliveryId: string,
  reason: CancelReason,
  now: number,
): Promise<{ readonly delivery: Delivery; readonly message: Message }> {
  const [delivery] = await work.deliveries.load([work.context.privateId('d', deliveryId)]);
  const [message] = delivery === undefined ? [] : await work.messages.load([delivery.message]);
  if (delivery === undefined || message === undefined) throw new NotFoundError(`delivery ${deliveryId}`);
  const refusal = refusalOf(message, delivery);
  if (refusal !== undefined) throw new ConflictError(`delivery ${deliveryId} ${refusal}`);
  work.endAlone(message, delivery, 'cancelled', reason, now);
  return { delivery, message };
}

/** Cancels what matches and is still to be sent, in the order of acceptance. The cursor is the last delivery looked at. */
export async function cancelMatching(
  work: Work,
  reader: RowReader,
  filter: CancelFilter,
  slice: Slice,
): Promise<Sliced<CancelReport>> {
  const { now } = slice;
  const limit = Math.min(slice.limit, MOST_CHANGED);
  const { after, until } = sliceRange(slice.cursor, await reader.newest('d'));
  const ids = await candidates(work, reader, filter, after, until, limit, now);
  const deliveries = await work.deliveries.load(ids);
  await work.messages.load(deliveries.map(({ message }) => message));
  let [cancelled, kept] = [0, 0];
  for (const delivery of deliveries) {
    const message = work.messages.get(delivery.message);
    if (message === undefined || !matches(delivery, message, filter)) continue;
    if (refusalOf(message, delivery) === undefined) {
      work.endAlone(message, delivery, 'cancelled', 'cancelled', now);
      cancelled++;
    } else if (filter.idempotencyKey !== undefined || (delivery.ended === undefined && isPending(message))) kept++;
  }
  const last = ids.at(-1);
  return { cancelled, kept, ...(last === undefined || ids.length < limit ? {} : { next: sliceCursor(last, until) }) };
}

/** Why a delivery cannot be cancelled. */
export function refusalOf(message: Message, delivery: Delivery): string | undefined {
  const state = stateOf(delivery, message);
  if (state !== 'gathering' && state !== 'queued') return CANCEL_REFUSALS.state(state);
  return message.attempts > 0 && message.count > 1 ? CANCEL_REFUSALS.frozen : undefined;
}

function matches({ content }: Delivery, { channel, address }: Message, filter: CancelFilter): boolean {
  return (
    (filter.groupKey ?? content.groupKey) === content.groupKey &&
    (filter.dedupeKey ?? content.dedupeKey) === content.dedupeKey &&
    (filter.type ?? content.type) === content.type &&
    (filter.channel ?? channel) === channel &&
    (filter.address ?? address) === address
  );
}

/** Deliveries that a slice looks at: those of an answer, or those with a key, whatever became of them. */
async function candidates(
  work: Work,
  reader: RowReader,
  { idempotencyKey, groupKey, dedupeKey }: CancelFilter,
  after: number,
  until: number,
  limit: number,
  now: number,
): Promise<readonly number[]> {
  if (idempotencyKey !== undefined) {
    const hash = hashOf(idempotencyKey);
    await work.answers.load([hash]);
    const answer = work.answers.get(hash);
    if (answer === undefined || answer.at <= now - NOTIFICATION_LIMITS.idempotencyMs) return [];
    return answer.deliveries
      .map(([id]) => id)
      .filter((id) => id > after && id <= until)
      .slice(0, limit);
  }
  const prefix = groupKey === undefined ? keyPrefix('k', dedupeKey ?? '') : keyPrefix('g', groupKey);
  const range = { min: `(${prefix}${padded(after)}`, max: `[${prefix}${padded(until)}` };
  const [members] = await reader.read([['ZRANGE', 'kx', range.min, range.max, 'BYLEX', 'LIMIT', 0, limit]]);
  return (members as readonly string[]).map(idOf);
}
