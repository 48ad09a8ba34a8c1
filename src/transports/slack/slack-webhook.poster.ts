import { type Clock } from '../../model/clock.js';
import { Deadline } from '../../model/deadline.js';
import { readResponse, webhookAnswer } from './slack-answer.js';
import { lineFault, POST_TIMEOUT_MS, type SlackAnswer, type SlackPost, type SlackPoster } from './slack-poster.js';

/** Posts to an incoming webhook by `fetch`: `@slack/webhook` retries by itself and hides `Retry-After`. */
export class SlackWebhookPoster implements SlackPoster {
  /** It answers `ok` and no `ts`. */
  readonly threads = false;
  readonly #url: string;
  private readonly closing = new AbortController();

  constructor(
    url: string,
    private readonly clock: Clock,
  ) {
    this.#url = url;
  }

  async post({ text, blocks }: SlackPost, signal: AbortSignal): Promise<SlackAnswer> {
    const deadline = new Deadline(this.clock, POST_TIMEOUT_MS, signal, this.closing.signal);
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ text, ...(blocks.length === 0 ? {} : { blocks }), unfurl_links: false, unfurl_media: false }),
        redirect: 'manual',
        signal: deadline.signal,
      });
      return webhookAnswer(await readResponse(response, this.clock.now()));
    } catch (error) {
      return { fault: lineFault(error) };
    } finally {
      deadline.end();
    }
  }

  close(): void {
    this.closing.abort();
  }
}
