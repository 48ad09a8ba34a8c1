import { type FailureReason } from '../../model/failure.js';
import { errorCodes, neverConnected } from '../line-error.js';
import { retryAfterMs } from '../retry-after.js';
import { type SendResult } from '../transport.js';
import { BLOCKED_CODE } from './address-guard.js';

type FailedResult = Extract<SendResult, { readonly status: 'failed' }>;

/** What an answer means (RFC 9110 §15; Standard Webhooks: 410 says that nobody wants it any more). */
export function ofStatus(status: number, retryAfter: string | undefined, now: number): SendResult {
  if (status >= 200 && status < 300) return { status: 'accepted' };
  const waitMs = retryAfterMs(retryAfter, now);
  const said = `the receiver answered ${status}`;
  if (status === 429) return failed('retry', 'rate_limited', said, waitMs);
  if (status >= 500 || status === 408 || status === 425) return failed('retry', 'temporarily_refused', said, waitMs);
  if (status >= 300 && status < 400) return failed('permanent', 'address_rejected', `${said}; redirects are not followed`);
  const gone = status === 404 || status === 410 || status === 401 || status === 403 || status === 405;
  return failed('permanent', gone ? 'address_rejected' : 'content_rejected', said);
}

/** What an error of the line means. */
export function ofError(error: unknown, stopped: boolean): FailedResult {
  const codes = errorCodes(error);
  const code = codes.at(-1) ?? (error instanceof Error ? error.name : 'unknown error');
  if (codes.includes(BLOCKED_CODE)) {
    return failed('permanent', 'address_rejected', 'the host has no public address (webhook.allowPrivate lets it pass)');
  }
  if (neverConnected(codes)) {
    return failed('retry', 'connection_failed', `no connection could be made (${code})`);
  }
  const why = stopped ? 'the process stops' : code;
  return failed('uncertain', 'uncertain', `no answer came, and the receiver may have got it (${why})`);
}

function failed(kind: FailedResult['kind'], reason: FailureReason, message: string, waitMs?: number): FailedResult {
  return { status: 'failed', kind, failure: { reason, message }, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
}
