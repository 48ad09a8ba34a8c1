import { ConflictError, NotFoundError } from '../../model/errors.js';
import { CANCEL_REFUSALS } from '../cancel-refusals.js';
import { type CancelFilter, type CancelReason, type CancelReport, type Slice, type Sliced } from '../notification-store.js';
import { textHash } from '../text-hash.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { endAlone, live, type MemoryDelivery } from './records.js';
import { sliceOf } from './slices.js';

/** Cancels a delivery before it is sent. */
export function cancel(store: MemoryStoreState, deliveryId: string, reason: CancelReason, now: number): MemoryDelivery {
  const delivery = store.delivery(deliveryId);
  if (delivery === undefined) throw new NotFoundError(`delivery ${deliveryId}`);
  const refusal = refusalOf(store, delivery);
  if (refusal !== undefined) throw new ConflictError(`delivery ${deliveryId} ${refusal}`);
  endAlone(delivery, { state: 'cancelled', reason, at: now });
  return delivery;
}

/** Cancels what matches and is still to be sent, in the order of acceptance. */
export function cancelMatching(store: MemoryStoreState, filter: CancelFilter, slice: Slice): Sliced<CancelReport> {
  const found = candidates(store, filter).filter((delivery) => matches(delivery, filter));
  const { items, next } = sliceOf(found, slice, store.newestDelivery);
  let cancelled = 0;
  for (const delivery of items) {
    if (refusalOf(store, delivery) !== undefined) continue;
    endAlone(delivery, { state: 'cancelled', reason: 'cancelled', at: slice.now });
    cancelled++;
  }
  return { cancelled, kept: items.length - cancelled, ...next };
}

/** Why a delivery cannot be cancelled. */
export function refusalOf(store: MemoryStoreState, delivery: MemoryDelivery): string | undefined {
  const state = store.stateOf(delivery);
  if (state !== 'gathering' && state !== 'queued') return CANCEL_REFUSALS.state(state);
  const { message } = delivery;
  return message.attempts > 0 && live(message).length > 1 ? CANCEL_REFUSALS.frozen : undefined;
}

/** An `idempotencyKey` finds everything of it; the others are looked for among what is pending. */
function candidates(store: MemoryStoreState, { idempotencyKey }: CancelFilter): readonly MemoryDelivery[] {
  if (idempotencyKey !== undefined) {
    return (store.idempotency.get(textHash(idempotencyKey))?.deliveries ?? []).filter(({ id }) => store.deliveries.has(id));
  }
  return [...store.deliveries.values()].filter((delivery) =>
    ['gathering', 'queued', 'sending'].includes(store.stateOf(delivery)),
  );
}

function matches({ content, message }: MemoryDelivery, filter: CancelFilter): boolean {
  return (
    (filter.groupKey === undefined || filter.groupKey === content.groupKey) &&
    (filter.dedupeKey === undefined || filter.dedupeKey === content.dedupeKey) &&
    (filter.type === undefined || filter.type === content.type) &&
    (filter.channel === undefined || filter.channel === message.channel) &&
    (filter.address === undefined || filter.address === message.address)
  );
}
