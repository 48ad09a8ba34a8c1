import {
  ConflictError,
  DirectoryUnavailableError,
  HostDirectoryError,
  IdempotencyConflictError,
  InvalidNotificationError,
  InvalidRequestError,
  NotFoundError,
  type NotificationError,
  PreconditionFailedError,
  QueueFullError,
  ShuttingDownError,
  StoreFailedError,
} from '../../model/errors.js';
import { HOW_TO_AUTHENTICATE } from '../api-token.js';
import { problem, type Problem, problemOf } from '../problem.js';

/** Codes of refusals that a route may answer with. Those of a start and of a transaction are none. */
export type RefusalCode = Exclude<
  Problem['code'],
  | 'invalid_configuration'
  | 'transactions_unsupported'
  | 'transaction_required'
  | 'store_locked'
  | 'store_version'
  | 'store_moved'
  | 'store_unusable'
>;

const told = (error: NotificationError): Problem =>
  problemOf(error) ?? problem(error.status, 'internal_error', 'an unexpected error happened');

/** One answer for each refusal, as the routes give it. */
export const PROBLEM_EXAMPLES: Readonly<Record<RefusalCode, Problem>> = {
  invalid_json: problem(400, 'invalid_json', 'the body is not JSON: Unexpected end of JSON input'),
  invalid_notification: told(
    new InvalidNotificationError([{ path: 'title', message: 'got nothing; it must be 1..500 characters' }]),
  ),
  invalid_request: told(
    new InvalidRequestError([{ path: 'limit', message: 'limit must be a whole number in plain decimal, 1..200' }]),
  ),
  unauthorized: problem(401, 'unauthorized', HOW_TO_AUTHENTICATE),
  forbidden: problem(403, 'forbidden', 'a guard of the application refused this'),
  not_found: told(new NotFoundError('this delivery')),
  method_not_allowed: told(new HostDirectoryError('this call')),
  conflict: told(new ConflictError('this window is no longer open')),
  precondition_failed: told(new PreconditionFailedError('the preferences were changed since they were read')),
  payload_too_large: problem(413, 'payload_too_large', 'request entity too large'),
  unsupported_media_type: problem(415, 'unsupported_media_type', 'the body must be application/json'),
  idempotency_conflict: told(new IdempotencyConflictError('order-4711')),
  queue_full: told(new QueueFullError(100_000, 100_000, 12_000)),
  too_many_requests: problem(429, 'too_many_requests', 'too many requests; come back later'),
  internal_error: problem(500, 'internal_error', 'an unexpected error happened; the log has it under its id'),
  directory_unavailable: told(new DirectoryUnavailableError()),
  shutting_down: told(new ShuttingDownError()),
  store_failed: told(new StoreFailedError('accept notifications')),
};
