import { type FailureReason } from '../../model/failure.js';
import { errorCodes, neverConnected } from '../line-error.js';
import { retryAfterMs } from '../retry-after.js';
import { type SendResult } from '../transport.js';
import { BLOCKED_CODE } from './address-guard.js';
import { type PostAnswer } from './http-agent.js';

export type FailedResult = Extract<SendResult, { readonly status: 'failed' }>;

/** What an answer means (RFC 9110 §15; Standard Webhooks: 410 says that nobody wants it any more). */
export function ofStatus(status: number, retryAfter: string | undefined, now: number): SendResult {
  if (status >= 200 && status < 300) return { status: 'accepted', answer: `HTTP ${status}` };
  const waitMs = retryAfterMs(retryAfter, now);
  const said = `the receiver answered ${status}`;
  if (status === 429) return failed('retry', 'rate_limited', said, waitMs);
  if (status >= 500 || status === 408 || status === 425) return failed('retry', 'temporarily_refused', said, waitMs);
  if (status >= 300 && status < 400) return failed('permanent', 'address_rejected', `${said}; redirects are not followed`);
  const gone = status === 404 || status === 410 || status === 401 || status === 403 || status === 405;
  return failed('permanent', gone ? 'address_rejected' : 'content_rejected', said);
}

/** What an operator sets to change how the calls of a channel behave; failures name it. */
interface CallSettings {
  readonly timeout: string;
  readonly allowPrivate: string;
}

/**
 * What a call without an answer means.
 *
 * @param stopped the send was aborted from outside
 */
export function ofError(
  { error, sent, timedOut }: Extract<PostAnswer, { readonly error: unknown }>,
  stopped: boolean,
  settings: CallSettings,
): FailedResult {
  const codes = errorCodes(error);
  const code = codes.at(-1) ?? (error instanceof Error ? error.name : 'unknown error');
  if (codes.includes(BLOCKED_CODE)) {
    return failed('permanent', 'address_rejected', `the host has no public address (${settings.allowPrivate} lets it pass)`);
  }
  if (sent && !neverConnected(codes)) {
    const why = stopped ? 'the send was stopped' : timedOut ? `${settings.timeout} is over` : code;
    return failed('uncertain', 'uncertain', `no answer came, and the receiver may have got it (${why})`);
  }
  if (stopped) return NOT_ATTEMPTED;
  if (timedOut) return failed('retry', 'timed_out', `no connection could be made within ${settings.timeout}`);
  return failed('retry', 'connection_failed', `no connection could be made (${code})`);
}

/** The send ended before anything of the call was written: no attempt is consumed. */
export const NOT_ATTEMPTED = failed('deferred', 'interrupted', 'the send was stopped before this call was made');

function failed(kind: FailedResult['kind'], reason: FailureReason, message: string, waitMs?: number): FailedResult {
  return { status: 'failed', kind, failure: { reason, message }, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
}
