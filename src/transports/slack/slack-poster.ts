import { type SlackFault } from './slack-failure.js';
import { type SlackPage } from './slack-content.js';

/** Longest that one post may take, ms. */
export const POST_TIMEOUT_MS = 10_000;

export interface SlackPost extends SlackPage {
  readonly channel: string;
  /** Of the message whose thread it goes into. */
  readonly threadTs?: string;
}

/** The post's own `ts`, which a thread is named by; undefined where Slack does not say (webhooks). Or what went wrong. */
export type SlackAnswer = { readonly ts: string | undefined } | { readonly fault: SlackFault };

/** One way to post; never rejects. */
export interface SlackPoster {
  /** Threads can be made over it. */
  readonly threads: boolean;
  post(post: SlackPost, signal: AbortSignal): Promise<SlackAnswer>;
}

/** `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), ms from now; undefined when it is neither. */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  if (header === null || header === undefined || header === '') return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** Errors of a connection that was never made: nothing was posted. */
const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** What an error of `fetch` means for the post. */
export function lineFault(error: unknown): SlackFault {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
    if (NEVER_CONNECTED.has(code)) return { kind: 'line', message: `no connection to Slack (${code})`, sent: false };
  }
  const name = error instanceof Error ? error.name : 'unknown error';
  return { kind: 'line', message: `the connection to Slack failed (${name})`, sent: true };
}
