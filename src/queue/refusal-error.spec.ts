import { expect, it } from '@jest/globals';
import { IdempotencyConflictError, QueueFullError } from '../model/errors.js';
import { refusalError } from './refusal-error.js';

it('tells the caller of a full queue to wait until a tenth of it is free, by how fast deliveries end', () => {
  const asked: number[] = [];
  const waitMs = (excess: number): number => {
    asked.push(excess);
    return 7_000;
  };
  const error = refusalError({ reason: 'queue_full', pending: 1_000, maxPending: 1_000 }, waitMs);
  expect(error).toBeInstanceOf(QueueFullError);
  expect(error).toMatchObject({ pending: 1_000, maxPending: 1_000, retryAfterMs: 7_000, code: 'queue_full', status: 429 });
  // More than fits at once into a queue that is nearly empty.
  refusalError({ reason: 'queue_full', pending: 3, maxPending: 1_000 }, waitMs);
  expect(asked).toEqual([100, 1]);
});

it('names the key that was used for other content, and asks for no wait', () => {
  const error = refusalError({ reason: 'idempotency_conflict', idempotencyKey: 'order-91' }, () => {
    throw new Error('not asked');
  });
  expect(error).toBeInstanceOf(IdempotencyConflictError);
  expect(error.message).toContain('"order-91"');
});
