import { Buffer } from 'node:buffer';
import { inspect } from 'node:util';
import { type LoggerService } from '@nestjs/common';
import { type NotificationModuleOptions } from '../../src/config/options.js';

/** The secrets that tests use: told by their looks wherever they come out. */
export const CANARIES = {
  apiToken: 'canary-api-token-1',
  smtpPassword: 'canary-smtp-password-2',
  slackToken: 'xoxb-canary-slack-3',
  webhookSecret: `whsec_${Buffer.from('canary webhook secret number 4').toString('base64')}`,
  slackHook: 'T0/B0/canarySlackHook5',
  teamsSignature: 'canaryTeamsSignature7',
  nextWebhookSecret: `whsec_${Buffer.from('canary webhook secret number 6').toString('base64')}`,
} as const;

/** What a caller with the API token sends. */
export const AUTHORIZED = { Authorization: `Bearer ${CANARIES.apiToken}` } as const;

const watched = new Map<string, string>();
const found: string[] = [];

/** Has a text looked for, as it is and as it is usually written otherwise. */
export function watchFor(name: string, secret: string): void {
  for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) watched.set(form, name);
}
for (const [name, secret] of Object.entries(CANARIES)) watchFor(name, secret);

/** Something that others could read: a log, an answer, a file. */
export function watch(where: string, text: string): void {
  for (const [form, name] of watched) {
    const at = text.indexOf(form);
    if (at >= 0) found.push(`${name} in ${where}: ${text.slice(Math.max(0, at - 80), at + form.length + 20)}`);
  }
}

/** What has come out since this was asked last. */
export function leaks(): readonly string[] {
  return found.splice(0);
}

/** Options with a secret wherever there is room for one. `http: true` leaves the routes open, for clients that send no token. */
export function withSecrets(options: NotificationModuleOptions): NotificationModuleOptions {
  return {
    ...options,
    http: options.http ?? { apiToken: CANARIES.apiToken },
    webhook: { secrets: [CANARIES.webhookSecret], ...options.webhook },
    slack: options.slack ?? { botToken: CANARIES.slackToken, apiUrl: 'http://127.0.0.1:9/api/' },
  };
}

/** The same for an application in its own process. */
export const SECRET_VARIABLES = {
  API_TOKEN: CANARIES.apiToken,
  SLACK_BOT_TOKEN: CANARIES.slackToken,
  SLACK_API_URL: 'http://127.0.0.1:9/api/',
  WEBHOOK_SECRETS: CANARIES.webhookSecret,
} as const;

/** Reads along at every level, and prints nothing. */
export class WatchingLogger implements LoggerService {
  readonly log = said('log');
  readonly error = said('error');
  readonly warn = said('warning');
  readonly debug = said('debug log');
  readonly verbose = said('verbose log');
  readonly fatal = said('fatal log');
}

function said(where: string): (...parts: unknown[]) => void {
  return (...parts) =>
    watch(where, parts.map((part) => (typeof part === 'string' ? part : inspect(part, { depth: 8 }))).join(' '));
}
