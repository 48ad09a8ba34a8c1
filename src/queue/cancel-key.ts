import { ConflictError, InvalidRequestError, NotFoundError } from '../model/errors.js';
import { type CancelFilter, type CancelReport } from '../storage/notification-store.js';

const CANCEL_KEYS = ['idempotencyKey', 'groupKey', 'dedupeKey'] as const;
export type CancelKey = (typeof CANCEL_KEYS)[number];

/** The key by which deliveries are to be cancelled. @throws InvalidRequestError for none or several */
export function cancelKey(filter: CancelFilter): CancelKey {
  const keys = CANCEL_KEYS.filter((key) => filter[key] !== undefined);
  const [key] = keys;
  if (key !== undefined && keys.length === 1) return key;
  throw new InvalidRequestError([{ path: 'body', message: `must have exactly one of ${CANCEL_KEYS.join(', ')}` }]);
}

/** @throws NotFoundError, ConflictError when nothing was cancelled by a key */
export function checkCancelled(key: CancelKey, filter: CancelFilter, { cancelled, kept }: CancelReport): void {
  const named = `${key} ${JSON.stringify(filter[key])}`;
  if (cancelled + kept === 0 && key === 'idempotencyKey') throw new NotFoundError(`a notification with the ${named}`);
  if (cancelled === 0) throw new ConflictError(`nothing with the ${named} can be cancelled: it was sent, or there is none`);
}
