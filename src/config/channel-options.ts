import { TYPE_NAME } from '../model/notification.js';
import { webhookSecretProblem } from '../transports/webhook/webhook-signature.js';
import { MAX_WINDOW_COUNT, MAX_WINDOW_MS } from './limits.js';
import { option, optionalVariable, secretVariable, type SettingsOf, variable } from './setting.js';
import { checkedText, flag, listOf, text, wholeNumber } from './value-reader.js';

/** Either `botToken` or `webhookUrl` turns Slack on. */
export interface SlackOptions {
  /** `SLACK_BOT_TOKEN` */
  readonly botToken?: string | undefined;
  /** `SLACK_WEBHOOK_URL` */
  readonly webhookUrl?: string | undefined;
  /** `SLACK_API_URL`: points the client elsewhere than to Slack. */
  readonly apiUrl?: string | undefined;
  /** `SLACK_PAGE_SIZE`: entries per page, 1..10. Defaults to 5. */
  readonly pageSize?: number | undefined;
  /**
   * `SLACK_MAX_CHANNELS`: most Slack channels and users with open windows at a time; past it the windows of the least recently active one are
   * flushed. Defaults to 100. `perChannel.slack.maxAddresses` says the same and wins.
   */
  readonly maxChannels?: number | undefined;
  /** Splits a digest into pages of `pageSize` entries. False: one page with as many as fit, and the number of the others. Defaults to true. No variable. */
  readonly pagination?: boolean | undefined;
  /**
   * Whether what has a link also has a button. Slack shows a warning beside a button that was used unless the app has a request URL (Interactivity), which
   * must answer 200: false without one; titles are links in any case. Defaults to true. No variable.
   */
  readonly buttons?: boolean | undefined;
  /** Posts further pages, and what has the same `data.threadKey`, into one thread. False: everything stands in the channel. Defaults to true. No variable. */
  readonly threads?: boolean | undefined;
}

/** Signed calls to addresses of `https:`. */
export interface WebhookOptions {
  /** `WEBHOOK_SECRETS`: `whsec_…`, each signs every call; several while they are changed. None: calls are not signed. */
  readonly secrets?: readonly string[] | undefined;
  /** `WEBHOOK_ALLOW_PRIVATE`: lets `http:` and addresses that are not of the public internet pass. Defaults to false. */
  readonly allowPrivate?: boolean | undefined;
  /** `WEBHOOK_TIMEOUT_MS`: longest to wait for a connection, for an answer, and within it, ms. Defaults to 15 000. */
  readonly timeoutMs?: number | undefined;
}

/** How in-app streams gather where no rule matches. */
export interface SseBatchOptions {
  /** `SSE_BATCH_ENABLED`: false shows every event on its own. Defaults to true. */
  readonly enabled?: boolean | undefined;
  /** `SSE_BATCH_WINDOW_MS`: ms from the first event on. Defaults to 100. */
  readonly windowMs?: number | undefined;
  /** `SSE_BATCH_MAX_SIZE`: a batch of so many events is shown at once. Defaults to 50. */
  readonly maxSize?: number | undefined;
}

/** The in-app stream. */
export interface SseOptions {
  /** What comes in a burst, as one event. */
  readonly batch?: SseBatchOptions | undefined;
  /** `SSE_CRITICAL_TYPES`: types that are shown at once, as if they were critical. Defaults to `error` and `hub_state`. */
  readonly criticalTypes?: readonly string[] | undefined;
}

const httpUrl = text(/^https?:\/\/\S+$/, 'an http(s) address');

export const SLACK_SETTINGS = {
  botToken: secretVariable<string | undefined>('SLACK_BOT_TOKEN', text(/^\S+$/, 'a token without spaces'), undefined),
  webhookUrl: secretVariable<string | undefined>('SLACK_WEBHOOK_URL', httpUrl, undefined),
  apiUrl: optionalVariable('SLACK_API_URL', httpUrl),
  pageSize: variable('SLACK_PAGE_SIZE', wholeNumber(1, 10), 5),
  maxChannels: variable('SLACK_MAX_CHANNELS', wholeNumber(1, 1_000_000), 100),
  pagination: option(flag(), true),
  buttons: option(flag(), true),
  threads: option(flag(), true),
} satisfies SettingsOf<SlackOptions>;

export const WEBHOOK_SETTINGS = {
  secrets: secretVariable<readonly string[]>('WEBHOOK_SECRETS', listOf(checkedText(webhookSecretProblem)), []),
  allowPrivate: variable('WEBHOOK_ALLOW_PRIVATE', flag(), false),
  timeoutMs: variable('WEBHOOK_TIMEOUT_MS', wholeNumber(100, 60_000), 15_000),
} satisfies SettingsOf<WebhookOptions>;

export const SSE_SETTINGS = {
  batch: {
    enabled: variable('SSE_BATCH_ENABLED', flag(), true),
    windowMs: variable('SSE_BATCH_WINDOW_MS', wholeNumber(1, MAX_WINDOW_MS), 100),
    maxSize: variable('SSE_BATCH_MAX_SIZE', wholeNumber(1, MAX_WINDOW_COUNT), 50),
  } satisfies SettingsOf<SseBatchOptions>,
  criticalTypes: variable('SSE_CRITICAL_TYPES', listOf(text(TYPE_NAME, 'a type: [a-z0-9][a-z0-9_.-]{0,63}')), [
    'error',
    'hub_state',
  ]),
} satisfies SettingsOf<SseOptions>;
