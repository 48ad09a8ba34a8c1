import { IdempotencyConflictError, type NotificationError, QueueFullError } from '../model/errors.js';
import { type Refusal } from '../storage/notification-store.js';

/** A full queue is entered again when so much of `QUEUE_MAX_PENDING` is used: below it callers are not slowed (`Backpressure`). */
const ROOM_FROM = 0.9;

/**
 * The error that a caller gets for a refusal of the store.
 *
 * @param waitMs how long it takes until so many deliveries have ended, ms
 */
export function refusalError(refusal: Refusal, waitMs: (excess: number) => number): NotificationError {
  switch (refusal.reason) {
    case 'queue_full': {
      const { pending, maxPending } = refusal;
      return new QueueFullError(pending, maxPending, waitMs(Math.max(1, pending - maxPending * ROOM_FROM)));
    }
    case 'idempotency_conflict':
      return new IdempotencyConflictError(refusal.idempotencyKey);
  }
}
