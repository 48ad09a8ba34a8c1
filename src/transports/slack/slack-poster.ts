import { errorCodes, neverConnected } from '../line-error.js';
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

/** One way to post; never rejects, and ends at once when the signal fires. */
export interface SlackPoster {
  /** Threads can be made over it. */
  readonly threads: boolean;
  post(post: SlackPost, signal: AbortSignal): Promise<SlackAnswer>;
  /** Ends every connection that is still in use. */
  close(): void;
}

/** What an error of `fetch` means for the post. */
export function lineFault(error: unknown): SlackFault {
  const codes = errorCodes(error);
  const [code = error instanceof Error ? error.name : 'unknown error'] = codes;
  const sent = !neverConnected(codes);
  return { kind: 'line', message: `the connection to Slack failed (${code})`, sent };
}
