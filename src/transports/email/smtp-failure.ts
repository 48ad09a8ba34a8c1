import { type FailureReason } from '../../model/failure.js';
import { MAX_RETRY_AFTER_MS } from '../retry-after.js';
import { type SendResult } from '../transport.js';

/** What is known of an attempt that failed: the facts of nodemailer's error that the verdict depends on. */
export interface SmtpFault {
  /** nodemailer's `code`: `EENVELOPE`, `EMESSAGE`, `ECONNECTION`, `ETIMEDOUT`, … */
  readonly code?: string | undefined;
  /** The command that was refused: `MAIL FROM`, `RCPT TO`, `DATA`, `CONN`, … */
  readonly command?: string | undefined;
  /** The server's reply code, when there was a reply. */
  readonly responseCode?: number | undefined;
  /** The whole reply. */
  readonly response?: string | undefined;
  /** The error's own words, without secrets. */
  readonly message: string;
  /** Whether the final dot of the content had been written. */
  readonly contentSent: boolean;
}

export type FailedResult = Extract<SendResult, { readonly status: 'failed' }>;

const MAX_MESSAGE_CHARACTERS = 500;
const RATE_WORDS = /\brate\b|too (?:many|much|fast)|throttl|slow down|\blimit|quota/i;
const AUTH_CODES: ReadonlySet<string> = new Set(['EAUTH', 'ENOAUTH', 'EOAUTH2']);
/** RFC 4954 §6 (530, 534, 535, 538) and RFC 5248 (454 4.7.0 is temporary and not here). */
const AUTH_REPLIES: ReadonlySet<number> = new Set([530, 534, 535, 538]);
const ADDRESS_REPLIES: ReadonlySet<number> = new Set([550, 551, 553]);

/**
 * Enhanced codes that say of an address that it will not work: bad mailbox, bad system, bad syntax, moved without a forwarding address, and a null MX
 * (RFC 3463 §3.2, RFC 7505 §4). Other refusals with 550 are about policy, spam or greylists.
 */
const BOUNCES: ReadonlySet<string> = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10']);

/**
 * The verdict on an attempt that failed (RFC 5321 §4.2.1: 4yz may help to try again, 5yz does not; RFC 3463 for `x.y.z`).
 * No reply after the content was sent is the one case in which it may have been delivered.
 */
export function smtpFailure(fault: SmtpFault): FailedResult {
  if (fault.responseCode !== undefined) return replied(fault, fault.responseCode);
  if (fault.code !== undefined && AUTH_CODES.has(fault.code))
    return failed('channel_unavailable', 'credentials_rejected', fault.message);
  if (fault.contentSent) {
    return failed('uncertain', 'uncertain', `the line broke after the content was sent and before the answer: ${fault.message}`);
  }
  switch (fault.code) {
    case 'EENVELOPE':
      return failed('permanent', 'address_rejected', fault.message);
    case 'EMESSAGE':
    case 'ESTREAM':
      return failed('permanent', 'content_rejected', fault.message);
    case 'ETIMEDOUT':
      return failed('retry', 'timed_out', fault.message);
    case 'EABORT':
      return failed('retry', 'interrupted', fault.message);
    default:
      return failed('retry', 'connection_failed', fault.message);
  }
}

export function failed(kind: FailedResult['kind'], reason: FailureReason, message: string, retryAfterMs?: number): FailedResult {
  const failure = { reason, message: oneLine(message) };
  return { status: 'failed', kind, failure, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function replied(fault: SmtpFault, responseCode: number): FailedResult {
  const reply = fault.response ?? String(responseCode);
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(reply)?.[1] ?? '';
  if (AUTH_REPLIES.has(responseCode) || (fault.code === 'EAUTH' && responseCode >= 500)) {
    return failed('channel_unavailable', 'credentials_rejected', `the server refused our credentials with ${responseCode}`);
  }
  if (responseCode === 421) return failed('retry', 'session_closed', reply, retryAfterMs(reply));
  if (responseCode < 500) {
    const limited = fault.code !== 'EAUTH' && (enhanced.startsWith('4.7.') || (responseCode <= 452 && RATE_WORDS.test(reply)));
    return failed('retry', limited ? 'rate_limited' : 'temporarily_refused', reply, retryAfterMs(reply));
  }
  const atAddress = ADDRESS_REPLIES.has(responseCode) && fault.command !== 'DATA';
  const result = failed('permanent', atAddress || enhanced.startsWith('5.1.') ? 'address_rejected' : 'content_rejected', reply);
  return BOUNCES.has(enhanced) && fault.command !== 'MAIL FROM' ? { ...result, addressBounced: true } : result;
}

/** "try again in 300 seconds", as greylisting servers put it. */
function retryAfterMs(reply: string): number | undefined {
  const found = /\b(?:again|retry|wait)\D{0,20}(\d{1,5}) ?(s|m)/i.exec(reply);
  if (found === null) return undefined;
  return Math.min(MAX_RETRY_AFTER_MS, Number(found[1]) * (found[2]?.toLowerCase() === 'm' ? 60_000 : 1_000));
}

function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, MAX_MESSAGE_CHARACTERS);
}
