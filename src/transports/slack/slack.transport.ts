import { type ResolvedOptions } from '../../config/options.js';
import { type Clock } from '../../model/clock.js';
import { type JsonValue } from '../../model/notification.js';
import { redactionOf } from '../secret-redaction.js';
import {
  type OutgoingMessage,
  type SendContext,
  type SendResult,
  type Transport,
  type TransportHealth,
  type TransportState,
} from '../transport.js';
import { type SlackContent, type SlackPage } from './slack-content.js';
import { isContentFault, isThreadFault, type SlackFault, slackFailure } from './slack-failure.js';
import { type SlackAnswer, type SlackPoster } from './slack-poster.js';
import { SlackThreads } from './slack-threads.js';
import { SlackWebApiPoster } from './slack-web-api.poster.js';
import { SlackWebhookPoster } from './slack-webhook.poster.js';

/** About a message a second a channel (https://docs.slack.dev/apis/web-api/rate-limits, "Posting messages"). */
const INTERVAL_MS = 1_000;
/** A part of a webhook's address that is shorter is no secret, and would be found in ordinary words. */
const MIN_SECRET_CHARACTERS = 6;
/** A channel or user id, or a name. */
const ADDRESS = /^[#@]?[\p{L}\p{N}._-]{1,80}$/u;

/** How far a message came: pages posted, and the message whose thread the next ones go into. */
interface Progress {
  readonly pages: number;
  readonly threadTs?: string;
}

/** Posts to Slack page by page, one page in each send: the pace of a Slack channel is kept over all instances. */
export class SlackTransport implements Transport<SlackContent> {
  readonly missing: string | undefined;
  readonly destination: string;
  readonly addressIntervalMs = INTERVAL_MS;
  /** Holds the token, so it must not show when this is printed. */
  readonly #options: ResolvedOptions['slack'];
  readonly #redact: (text: string) => string;
  #poster: SlackPoster | undefined;
  private openThreads: SlackThreads | undefined;
  private lastError: string | undefined;

  constructor(
    options: ResolvedOptions['slack'],
    private readonly clock: Clock,
  ) {
    this.#options = options;
    const { botToken, webhookUrl } = options;
    this.destination = botToken === undefined ? 'incoming webhook' : 'bot';
    this.missing = (botToken ?? webhookUrl) ? undefined : 'set SLACK_BOT_TOKEN or SLACK_WEBHOOK_URL';
    this.#redact = redactionOf(secretsOf(options));
  }

  async open(state: TransportState): Promise<void> {
    const { botToken, webhookUrl, apiUrl } = this.#options;
    this.openThreads = new SlackThreads(state);
    if (botToken !== undefined) this.#poster = await SlackWebApiPoster.create(botToken, this.clock, apiUrl);
    else if (webhookUrl !== undefined) this.#poster = new SlackWebhookPoster(webhookUrl, this.clock);
  }

  validateAddress(address: string): string | undefined {
    return ADDRESS.test(address) ? undefined : 'must be a Slack channel or user: an id like C0123ABCD, or a name like #general';
  }

  /** See `Transport.send`. */
  async send(messages: readonly OutgoingMessage<SlackContent>[], context: SendContext): Promise<readonly SendResult[]> {
    return Promise.all(messages.map((message) => this.sendOne(message, context)));
  }

  /** Erases its threads. */
  async forget(address: string): Promise<void> {
    await this.openThreads?.forget(address);
  }

  /** See `Transport.health`. */
  health(): Promise<TransportHealth> {
    return Promise.resolve({ ok: this.lastError === undefined, detail: this.lastError ?? 'Slack' });
  }

  close(): Promise<void> {
    this.#poster?.close();
    return Promise.resolve();
  }

  /** Posts the next page. The one after it comes back at the pace of the channel. */
  private async sendOne({ message, content }: OutgoingMessage<SlackContent>, { signal }: SendContext): Promise<SendResult> {
    const poster = this.#poster;
    if (poster === undefined) throw new Error('the transport is not open');
    const { address } = message;
    const progress = progressOf(message.progress);
    const page = content.pages[progress.pages];
    if (page === undefined) return { status: 'accepted' };
    const threadTs = progress.threadTs ?? (await this.threadOf(address, content.threadKey, poster));
    const before = { pages: progress.pages, ...(threadTs === undefined ? {} : { threadTs }) };
    if (signal.aborted) return { status: 'failed', kind: 'deferred', failure: NOT_ATTEMPTED, progress: before };
    const startedAt = this.clock.now();
    const answer = await this.post(poster, address, page, threadTs, signal);
    if ('fault' in answer) return { ...this.failed(answer.fault), progress: before };
    this.lastError = undefined;
    const startedTs = threadTs === undefined && this.threads(poster) ? answer.ts : undefined;
    if (startedTs !== undefined && content.threadKey !== undefined) {
      await this.openThreads?.started(address, content.threadKey, startedTs);
    }
    const pages = progress.pages + 1;
    if (pages >= content.pages.length)
      return { status: 'accepted', ...(answer.ts === undefined ? {} : { answer: `ts ${answer.ts}` }) };
    const thread = threadTs ?? startedTs;
    const after = { pages, ...(thread === undefined ? {} : { threadTs: thread }) };
    const retryAfterMs = Math.max(0, startedAt + INTERVAL_MS - this.clock.now());
    return { status: 'failed', kind: 'deferred', failure: PACED, retryAfterMs, progress: after };
  }

  /** Once more as plain text when the blocks are refused, and once more in the channel when the thread is. */
  private async post(
    poster: SlackPoster,
    channel: string,
    page: SlackPage,
    threadTs: string | undefined,
    signal: AbortSignal,
  ): Promise<SlackAnswer> {
    const post = { ...page, channel };
    const answer = await poster.post(threadTs === undefined ? post : { ...post, threadTs }, signal);
    if (!('fault' in answer)) return answer;
    if (isContentFault(answer.fault) && page.blocks.length > 0) {
      return this.post(poster, channel, { text: page.text, blocks: [] }, threadTs, signal);
    }
    if (isThreadFault(answer.fault) && threadTs !== undefined) return this.post(poster, channel, page, undefined, signal);
    return answer;
  }

  private failed(fault: SlackFault): Extract<SendResult, { readonly status: 'failed' }> {
    const result = slackFailure(redacted(fault, this.#redact));
    if (result.failure.reason === 'rate_limited') {
      const waitMs = Math.max(INTERVAL_MS, result.retryAfterMs ?? 0);
      // Slack gave a time: no attempt is consumed. Without one the message is tried again with a growing pause.
      return { ...result, ...(result.retryAfterMs === undefined ? {} : { kind: 'deferred' }), retryAfterMs: waitMs };
    }
    if (result.kind === 'channel_unavailable') this.lastError = result.failure.message;
    return result;
  }

  private async threadOf(address: string, threadKey: string | undefined, poster: SlackPoster): Promise<string | undefined> {
    if (threadKey === undefined || !this.threads(poster)) return undefined;
    return this.openThreads?.of(address, threadKey);
  }

  private threads(poster: SlackPoster): boolean {
    return poster.threads && this.#options.threads;
  }
}

const PACED = {
  reason: 'rate_limited',
  message: 'a Slack channel takes one message per second; the next page is posted later',
} as const;

const NOT_ATTEMPTED = { reason: 'interrupted', message: 'the send was stopped before this page was posted' } as const;

/** The token, and of a webhook's address the part that is a secret. */
function secretsOf({ botToken, webhookUrl }: ResolvedOptions['slack']): readonly string[] {
  const path = webhookUrl === undefined || !URL.canParse(webhookUrl) ? '' : new URL(webhookUrl).pathname;
  const parts = [path.slice(1), path.split('/').at(-1) ?? ''].filter(({ length }) => length >= MIN_SECRET_CHARACTERS);
  return [botToken ?? '', webhookUrl ?? '', ...parts];
}

/** A fault without the secrets that the server may have repeated, before anything of it is cut to a length. */
function redacted(fault: SlackFault, redact: (text: string) => string): SlackFault {
  switch (fault.kind) {
    case 'answered':
      return { ...fault, error: redact(fault.error), ...(fault.detail === undefined ? {} : { detail: redact(fault.detail) }) };
    case 'status':
      return { ...fault, body: redact(fault.body) };
    case 'line':
    case 'foreign':
    case 'cut':
      return fault;
  }
}

function progressOf(progress: JsonValue | undefined): { pages: number; threadTs: string | undefined } {
  const { pages, threadTs } = (progress ?? { pages: 0 }) as unknown as Progress;
  return { pages, threadTs };
}
