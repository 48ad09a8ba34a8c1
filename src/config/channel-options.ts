import { webhookSecretProblem } from '../transports/webhook/webhook-signature.js';
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
  /** Entries a post; further ones go into its thread. 1..10, defaults to 5. No variable. */
  readonly pageSize?: number | undefined;
}

export interface WebhookOptions {
  /** `WEBHOOK_SECRETS`: `whsec_…`, each signs every call; several while they are changed. None: calls are not signed. */
  readonly secrets?: readonly string[] | undefined;
  /** `WEBHOOK_ALLOW_PRIVATE`: lets `http:` and addresses that are not of the public internet pass. Defaults to false. */
  readonly allowPrivate?: boolean | undefined;
  /** `WEBHOOK_TIMEOUT_MS`: longest to wait for a connection, for an answer, and within it, ms. Defaults to 15 000. */
  readonly timeoutMs?: number | undefined;
}

export interface SseOptions {
  /** Types that an in-app stream shows at once, as if they were critical. Defaults to `error` and `hub_state`. No variable. */
  readonly criticalTypes?: readonly string[] | undefined;
}

const httpUrl = text(/^https?:\/\/\S+$/, 'an http(s) address');

export const SLACK_SETTINGS = {
  botToken: secretVariable<string | undefined>('SLACK_BOT_TOKEN', text(/^\S+$/, 'a token without spaces'), undefined),
  webhookUrl: secretVariable<string | undefined>('SLACK_WEBHOOK_URL', httpUrl, undefined),
  apiUrl: optionalVariable('SLACK_API_URL', httpUrl),
  pageSize: option(wholeNumber(1, 10), 5),
} satisfies SettingsOf<SlackOptions>;

export const WEBHOOK_SETTINGS = {
  secrets: secretVariable<readonly string[]>('WEBHOOK_SECRETS', listOf(checkedText(webhookSecretProblem)), []),
  allowPrivate: variable('WEBHOOK_ALLOW_PRIVATE', flag(), false),
  timeoutMs: variable('WEBHOOK_TIMEOUT_MS', wholeNumber(100, 60_000), 15_000),
} satisfies SettingsOf<WebhookOptions>;

export const SSE_SETTINGS = {
  criticalTypes: option(listOf(text(/\S/, 'a type')), ['error', 'hub_state']),
} satisfies SettingsOf<SseOptions>;
