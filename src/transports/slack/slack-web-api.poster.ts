import type { WebClient, WebClientOptions } from '@slack/web-api';
import { type Clock } from '../../model/clock.js';
import { Deadline } from '../../model/deadline.js';
import { readResponse, webApiAnswer } from './slack-answer.js';
import { type SlackFault } from './slack-failure.js';
import { lineFault, POST_TIMEOUT_MS, type SlackAnswer, type SlackPost, type SlackPoster } from './slack-poster.js';

/** Carries a fault through the client, which passes on what its `fetch` throws. */
class SlackFaultError extends Error {
  constructor(readonly fault: SlackFault) {
    super('Slack did not take the post');
  }
}

/**
 * Posts by the official client. Its retries are off, since they post twice, and so is its waiting, since one 429 would hold up every
 * channel: both are ours. So is the reading of answers: the client takes any text for a verdict and reads bodies without a limit.
 */
export class SlackWebApiPoster implements SlackPoster {
  readonly threads = true;
  readonly #client: WebClient;

  private constructor(
    client: WebClient,
    private readonly closing: AbortController,
  ) {
    this.#client = client;
  }

  /** The client is loaded when Slack is used. @param apiUrl instead of Slack's own */
  static async create(token: string, clock: Clock, apiUrl?: string): Promise<SlackWebApiPoster> {
    const { WebClient, LogLevel } = await import('@slack/web-api');
    const closing = new AbortController();
    const options: WebClientOptions = {
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      maxRequestConcurrency: Infinity,
      allowAbsoluteUrls: false,
      logLevel: LogLevel.ERROR,
      fetch: (url, init) => checkedFetch(url, init, closing.signal, clock),
      ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/` }),
    };
    return new SlackWebApiPoster(new WebClient(token, options), closing);
  }

  async post({ channel, text, blocks, threadTs }: SlackPost, signal: AbortSignal): Promise<SlackAnswer> {
    const posted = this.#client.chat.postMessage({
      channel,
      text,
      ...(blocks.length === 0 ? {} : { blocks: [...blocks] }),
      ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
      unfurl_links: false,
      unfurl_media: false,
    });
    const { promise: stopped, resolve } = Promise.withResolvers<SlackAnswer>();
    const abort = (): void => resolve({ fault: STOPPED });
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([
        posted.then(
          ({ ts }): SlackAnswer => ({ ts }),
          (error: unknown): SlackAnswer => ({ fault: faultOf(error) }),
        ),
        stopped,
      ]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  close(): void {
    this.closing.abort();
  }
}

const STOPPED: SlackFault = { kind: 'line', message: 'the send was stopped', sent: true };

/** One call, of which only an answer that says that the post was taken comes back. */
async function checkedFetch(
  url: Parameters<typeof fetch>[0],
  init: RequestInit | undefined,
  closing: AbortSignal,
  clock: Clock,
): Promise<Response> {
  const deadline = new Deadline(clock, POST_TIMEOUT_MS, closing);
  let answer: ReturnType<typeof webApiAnswer>;
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: deadline.signal });
    answer = webApiAnswer(await readResponse(response, clock.now()));
  } catch (error) {
    // The client keeps nothing but the text of an error of another realm, and so not the code of one that `fetch` throws under Jest.
    throw new SlackFaultError(lineFault(error));
  } finally {
    deadline.end();
  }
  if ('fault' in answer) throw new SlackFaultError(answer.fault);
  return Response.json({ ok: true, ...answer });
}

/** The client wraps what its `fetch` throws, as `original`. */
function faultOf(error: unknown): SlackFault {
  const original = typeof error === 'object' && error !== null && 'original' in error ? error.original : error;
  return original instanceof SlackFaultError ? original.fault : lineFault(original);
}
