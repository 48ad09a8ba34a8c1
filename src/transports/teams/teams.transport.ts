import { type ResolvedOptions } from '../../config/options.js';
import { type Clock } from '../../model/clock.js';
import { HttpConnections } from '../http/http-connections.js';
import { NOT_ATTEMPTED, ofError, ofStatus } from '../http/http-failure.js';
import { type OutgoingMessage, type PoolStatistics, type SendContext, type SendResult, type Transport } from '../transport.js';
import { type AdaptiveCard, type TeamsContent } from './teams-content.js';

const SETTINGS = { timeout: 'TEAMS_TIMEOUT_MS', allowPrivate: 'teams.allowPrivate' } as const;
/** A flow takes four calls a second at most (https://learn.microsoft.com/connectors/teams); one a second leaves room for the host's own. */
const INTERVAL_MS = 1_000;
/**
 * Teams reports its own errors in the text of an answer whose status says success: 413 (github.com/MicrosoftDocs/msteams-docs#1810) and 429 (#7425).
 */
const ERROR_IN_TEXT = /\bTeams endpoint returned HTTP error ([45]\d\d)\b/;
const CARD = 'application/vnd.microsoft.card.adaptive';

/**
 * Posts Adaptive Cards to Microsoft Teams through Workflows webhooks, one message at a time and one per second and webhook. The address is a name of
 * the option `teams.webhooks`.
 */
export class TeamsTransport implements Transport<TeamsContent> {
  /** By name. Each URL is a secret, so it must not show when this is printed. */
  readonly #webhooks: ReadonlyMap<string, string>;
  readonly missing: string | undefined;
  readonly destination: string;
  readonly addressIntervalMs = INTERVAL_MS;
  private readonly connections: HttpConnections;

  constructor(
    { webhooks, allowPrivate, timeoutMs }: ResolvedOptions['teams'],
    private readonly clock: Clock,
    /** Most calls at once. */
    readonly concurrency = 10,
  ) {
    this.#webhooks = new Map(Object.entries(webhooks));
    this.missing = this.#webhooks.size === 0 ? 'set TEAMS_WEBHOOKS' : undefined;
    this.destination = [...this.#webhooks.keys()].join(', ');
    this.connections = new HttpConnections({ allowPrivate, timeoutMs, connections: concurrency }, clock);
  }

  validateAddress(address: string): string | undefined {
    return this.#webhooks.has(address) ? undefined : `must be a name in TEAMS_WEBHOOKS: ${[...this.#webhooks.keys()].join(', ')}`;
  }

  endpointOf(address: string): string {
    return address;
  }

  /** See `Transport.send`. */
  send(messages: readonly OutgoingMessage<TeamsContent>[], context: SendContext): Promise<readonly SendResult[]> {
    return Promise.all(messages.map((message) => this.sendOne(message, context)));
  }

  /** See `Transport.pool`. */
  pool(): PoolStatistics {
    return this.connections.pool();
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  private async sendOne({ message, content }: OutgoingMessage<TeamsContent>, { signal }: SendContext): Promise<SendResult> {
    const url = this.#webhooks.get(message.address);
    if (url === undefined) return GONE;
    if (signal.aborted) return NOT_ATTEMPTED;
    const result = await this.post(url, content.card, signal);
    const instead = result.status === 413 ? content.shorter : result.status === 400 ? content.plain : undefined;
    if (instead === undefined) return resultOf(result.result);
    return resultOf((await this.post(url, instead, signal)).result);
  }

  private async post(
    url: string,
    card: AdaptiveCard,
    signal: AbortSignal,
  ): Promise<{ readonly status?: number; readonly result: SendResult }> {
    const body = JSON.stringify({ type: 'message', attachments: [{ contentType: CARD, contentUrl: null, content: card }] });
    const headers = { 'content-type': 'application/json', 'user-agent': 'nestjs-digest' };
    const answer = await this.connections.post({ url, headers, body, wantsAnswer: true }, signal);
    if (!('status' in answer)) return { result: ofError(answer, signal.aborted, SETTINGS) };
    const status = statusOf(answer.status, answer.text);
    return { status, result: ofStatus(status, answer.retryAfter, this.clock.now()) };
  }
}

function statusOf(status: number, text = ''): number {
  const told = status < 300 ? ERROR_IN_TEXT.exec(text)?.[1] : undefined;
  return told === undefined ? status : Number(told);
}

/** A webhook that asks for time gets it from all of its messages, and none of them loses an attempt when it says how long. */
function resultOf(result: SendResult): SendResult {
  if (result.status === 'accepted' || result.failure.reason !== 'rate_limited') return result;
  const waitMs = Math.max(INTERVAL_MS, result.retryAfterMs ?? 0);
  return { ...result, ...(result.retryAfterMs === undefined ? {} : { kind: 'deferred' }), retryAfterMs: waitMs };
}

/** The name was removed from the settings after the notification was accepted. */
const GONE = {
  status: 'failed',
  kind: 'permanent',
  failure: { reason: 'address_rejected', message: 'TEAMS_WEBHOOKS has no webhook of this name' },
} as const;
