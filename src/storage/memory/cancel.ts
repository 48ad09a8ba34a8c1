import { ConflictError, NotFoundError } from '../../model/errors.js';
import { type CancelFilter, type CancelReason, type CancelReport } from '../notification-store.js';
import { endAlone } from './claim.js';
import { type MemoryLedger } from './memory-ledger.js';
import { live, type MemoryDelivery } from './records.js';

/** Takes a delivery back before it is sent. */
export function cancel(ledger: MemoryLedger, deliveryId: string, reason: CancelReason, now: number): MemoryDelivery {
  const delivery = ledger.delivery(deliveryId);
  if (delivery === undefined) throw new NotFoundError(`delivery ${deliveryId}`);
  const refusal = refusalOf(ledger, delivery);
  if (refusal !== undefined) throw new ConflictError(`delivery ${deliveryId} ${refusal}`);
  endAlone(delivery, { state: 'cancelled', reason, at: now });
  return delivery;
}

/** Takes back whatever matches and still can be. */
export function cancelMatching(ledger: MemoryLedger, filter: CancelFilter, now: number): CancelReport {
  const found = candidates(ledger, filter).filter((delivery) => matches(delivery, filter));
  let cancelled = 0;
  for (const delivery of found) {
    if (refusalOf(ledger, delivery) !== undefined) continue;
    endAlone(delivery, { state: 'cancelled', reason: 'cancelled', at: now });
    cancelled++;
  }
  return { cancelled, kept: found.length - cancelled };
}

/** Why a delivery cannot be taken back. */
function refusalOf(ledger: MemoryLedger, delivery: MemoryDelivery): string | undefined {
  const state = ledger.stateOf(delivery);
  if (state !== 'gathering' && state !== 'queued') return `is ${state}; only a gathering or queued one can be taken back`;
  const { message } = delivery;
  if (message.attempts > 0 && live(message).length > 1)
    return 'is part of a digest that was tried already; its content is frozen';
  return undefined;
}

/** A key of its own finds everything; the others are looked for among what is pending. */
function candidates(ledger: MemoryLedger, { idempotencyKey }: CancelFilter): MemoryDelivery[] {
  if (idempotencyKey !== undefined) return ledger.idempotency.get(idempotencyKey)?.deliveries ?? [];
  return [...ledger.deliveries.values()].filter((delivery) =>
    ['gathering', 'queued', 'sending'].includes(ledger.stateOf(delivery)),
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
