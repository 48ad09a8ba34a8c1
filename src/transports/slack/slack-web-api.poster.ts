import { type WebClient, type WebClientOptions } from '@slack/web-api';
import { type SlackFault } from './slack-failure.js';
import { lineFault, POST_TIMEOUT_MS, type SlackAnswer, type SlackPost, type SlackPoster } from './slack-poster.js';

/**
 * Posts by the official client. Its retries are off, since they post twice, and so is its waiting, since one 429 would hold up every
 * channel: both are ours.
 */
export class SlackWebApiPoster implements SlackPoster {
  readonly threads = true;
  readonly #client: WebClient;

  private constructor(client: WebClient) {
    this.#client = client;
  }

  /** The client is loaded when Slack is used. @param apiUrl instead of Slack's own */
  static async create(token: string, apiUrl?: string): Promise<SlackWebApiPoster> {
    const { WebClient, LogLevel } = await import('@slack/web-api');
    const options: WebClientOptions = {
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: POST_TIMEOUT_MS,
      allowAbsoluteUrls: false,
      logLevel: LogLevel.ERROR,
      ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/` }),
    };
    return new SlackWebApiPoster(new WebClient(token, options));
  }

  async post({ channel, text, blocks, threadTs }: SlackPost): Promise<SlackAnswer> {
    try {
      const answer = await this.#client.chat.postMessage({
        channel,
        text,
        ...(blocks.length === 0 ? {} : { blocks: [...blocks] }),
        ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
        unfurl_links: false,
        unfurl_media: false,
      });
      return { ts: answer.ts };
    } catch (error) {
      return { fault: faultOf(error) };
    }
  }
}

/** By shape, not by class: the client's own errors, and the plain ones that it lets through. */
function faultOf(error: unknown): SlackFault {
  const { code, data, retryAfter, statusCode, body, original } = error as {
    readonly code?: unknown;
    readonly data?: { readonly error?: unknown; readonly response_metadata?: { readonly messages?: readonly string[] } };
    readonly retryAfter?: number;
    readonly statusCode?: number;
    readonly body?: unknown;
    readonly original?: unknown;
  };
  switch (code) {
    case 'slack_webapi_rate_limited_error':
      return { kind: 'answered', error: 'ratelimited', retryAfterMs: (retryAfter ?? 1) * 1_000 };
    case 'slack_webapi_platform_error': {
      const detail = data?.response_metadata?.messages?.join('; ');
      const said = typeof data?.error === 'string' ? data.error.slice(0, 80) : 'unknown_error';
      return { kind: 'answered', error: said, ...(detail === undefined ? {} : { detail }) };
    }
    case 'slack_webapi_http_error':
      return { kind: 'status', status: statusCode ?? 500, body: typeof body === 'string' ? body : '' };
    default:
      return lineFault(original ?? error);
  }
}
