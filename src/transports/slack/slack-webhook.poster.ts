import { retryAfterMs } from '../retry-after.js';
import { lineFault, POST_TIMEOUT_MS, type SlackAnswer, type SlackPost, type SlackPoster } from './slack-poster.js';

const MAX_ANSWER_CHARACTERS = 200;

/** Posts to an incoming webhook by `fetch`: `@slack/webhook` retries by itself and hides `Retry-After`. */
export class SlackWebhookPoster implements SlackPoster {
  /** It answers `ok` and no `ts`. */
  readonly threads = false;
  readonly #url: string;

  constructor(
    url: string,
    private readonly now: () => number,
  ) {
    this.#url = url;
  }

  async post({ text, blocks }: SlackPost, signal: AbortSignal): Promise<SlackAnswer> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ text, ...(blocks.length === 0 ? {} : { blocks }), unfurl_links: false, unfurl_media: false }),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(POST_TIMEOUT_MS)]),
      });
      const body = (await response.text()).slice(0, MAX_ANSWER_CHARACTERS);
      if (response.status === 200 && body === 'ok') return { ts: undefined };
      const after = retryAfterMs(response.headers.get('retry-after'), this.now());
      const wait = after === undefined ? {} : { retryAfterMs: after };
      const error = response.status < 500 && response.status !== 429 ? /^[a-z_]{3,60}$/.exec(body.trim())?.[0] : undefined;
      if (error !== undefined) return { fault: { kind: 'answered', error, ...wait } };
      return { fault: { kind: 'status', status: response.status, body, ...wait } };
    } catch (error) {
      return { fault: lineFault(error) };
    }
  }
}
