import { type ResolvedOptions } from '../../config/options.js';
import { type Clock } from '../../model/clock.js';
import { HttpConnections } from '../http/http-connections.js';
import { NOT_ATTEMPTED, ofError, ofStatus } from '../http/http-failure.js';
import { type OutgoingMessage, type PoolStatistics, type SendContext, type SendResult, type Transport } from '../transport.js';
import { canonicalWebAddress, webAddressProblem, webReceiver } from '../http/web-address.js';
import { type WebhookContent } from './webhook-content.js';
import { webhookHeaders } from './webhook-signature.js';

const SETTINGS = { timeout: 'WEBHOOK_TIMEOUT_MS', allowPrivate: 'webhook.allowPrivate' } as const;

/**
 * Calls webhooks: a signed POST (Standard Webhooks) over connections that stay open. Redirects are not followed, and unless the option
 * says otherwise only the public internet is called, by the address that is connected to and not by what a name meant before.
 */
export class WebhookTransport implements Transport<WebhookContent> {
  /** Holds the secrets, so it must not show when this is printed. */
  readonly #secrets: readonly string[];
  readonly destination: string;
  private readonly allowPrivate: boolean;
  private readonly connections: HttpConnections;

  constructor(
    options: ResolvedOptions['webhook'],
    private readonly clock: Clock,
    /** Most calls at once, and so most connections to one host: no call waits for the connection of another. */
    readonly concurrency = 10,
  ) {
    this.#secrets = options.secrets;
    this.allowPrivate = options.allowPrivate;
    this.destination = options.allowPrivate ? 'public and private addresses' : 'public addresses';
    const { allowPrivate, timeoutMs } = options;
    this.connections = new HttpConnections({ allowPrivate, timeoutMs, connections: concurrency }, clock);
  }

  validateAddress(address: string): string | undefined {
    return webAddressProblem(address, this.allowPrivate);
  }

  canonicalAddress(address: string): string {
    return canonicalWebAddress(address);
  }

  endpointOf(address: string): string | undefined {
    return webReceiver(address);
  }

  /** See `Transport.send`. */
  async send(messages: readonly OutgoingMessage<WebhookContent>[], { signal }: SendContext): Promise<readonly SendResult[]> {
    return Promise.all(messages.map((message) => this.call(message, signal)));
  }

  /** See `Transport.pool`. */
  pool(): PoolStatistics {
    return this.connections.pool();
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  private async call({ message, content }: OutgoingMessage<WebhookContent>, signal: AbortSignal): Promise<SendResult> {
    if (signal.aborted) return NOT_ATTEMPTED;
    // It may have been accepted while private addresses were allowed.
    const problem = this.validateAddress(message.address);
    if (problem !== undefined) {
      const failure = { reason: 'address_rejected', message: `the address ${problem}` } as const;
      return { status: 'failed', kind: 'permanent', failure };
    }
    const body = JSON.stringify(content);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'nestjs-digest',
      ...webhookHeaders(this.#secrets, message.messageId, Math.floor(this.clock.now() / 1_000), body),
    };
    const answer = await this.connections.post({ url: message.address, headers, body }, signal);
    if ('status' in answer) return ofStatus(answer.status, answer.retryAfter, this.clock.now());
    return ofError(answer, signal.aborted, SETTINGS);
  }
}
