import { isIP } from 'node:net';
import { type ResolvedOptions } from '../../config/options.js';
import { type Clock } from '../../model/clock.js';
import { type OutgoingMessage, type PoolStatistics, type SendContext, type SendResult, type Transport } from '../transport.js';
import { isPrivateAddress } from './address-guard.js';
import { CONNECTIONS_PER_HOST, WebhookAgent } from './webhook-agent.js';
import { type WebhookContent } from './webhook-content.js';
import { ofError, ofStatus } from './webhook-failure.js';
import { webhookHeaders } from './webhook-signature.js';

/**
 * Calls webhooks: a signed POST (Standard Webhooks) over connections that stay open. Redirects are not followed, and unless the option
 * says so nothing but the public internet is called, by what is connected to and not by what a name said before.
 */
export class WebhookTransport implements Transport<WebhookContent> {
  /** Holds the secrets, so it must not show when this is printed. */
  readonly #secrets: readonly string[];
  private readonly allowPrivate: boolean;
  private readonly connect: () => Promise<WebhookAgent>;
  private opening: Promise<WebhookAgent> | undefined;
  private agent: WebhookAgent | undefined;
  private inUse = 0;
  private failures = 0;

  constructor(
    options: ResolvedOptions['webhook'],
    private readonly clock: Clock,
  ) {
    this.#secrets = options.secrets;
    this.allowPrivate = options.allowPrivate;
    this.connect = async () => (this.agent = await WebhookAgent.create(options));
  }

  validateAddress(address: string): string | undefined {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    const allowed = this.allowPrivate ? ['https:', 'http:'] : ['https:'];
    if (url === undefined || !allowed.includes(url.protocol))
      return `must be an address that begins with ${allowed.join('// or ')}//`;
    if (url.username !== '' || url.password !== '') return 'must have no user and password in it';
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (!this.allowPrivate && isIP(host) !== 0 && isPrivateAddress(host)) return 'must be of the public internet';
    return undefined;
  }

  remoteOf(address: string): string | undefined {
    return URL.canParse(address) ? new URL(address).host : undefined;
  }

  async send(messages: readonly OutgoingMessage<WebhookContent>[], { signal }: SendContext): Promise<readonly SendResult[]> {
    return Promise.all(messages.map((message) => this.call(message, signal)));
  }

  pool(): PoolStatistics {
    const { inUse, failures } = this;
    const { connections = 0, created = 0 } = this.agent ?? {};
    const idle = Math.max(0, connections - inUse);
    return { size: CONNECTIONS_PER_HOST, inUse, idle, waiting: Math.max(0, inUse - connections), created, failed: failures };
  }

  async close(): Promise<void> {
    await (await this.opening)?.close();
  }

  private async call({ message, content }: OutgoingMessage<WebhookContent>, signal: AbortSignal): Promise<SendResult> {
    // It may have been accepted while private addresses were allowed.
    const problem = this.validateAddress(message.address);
    if (problem !== undefined) {
      const failure = { reason: 'address_rejected', message: `the address ${problem}` } as const;
      return { status: 'failed', kind: 'permanent', failure };
    }
    const body = JSON.stringify(content);
    this.inUse++;
    try {
      const agent = await (this.opening ??= this.connect());
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'nestjs-digest',
        ...webhookHeaders(this.#secrets, message.messageId, Math.floor(this.clock.now() / 1_000), body),
      };
      const { status, retryAfter } = await agent.post(message.address, headers, body, signal);
      return ofStatus(status, retryAfter, this.clock.now());
    } catch (error) {
      this.failures++;
      return ofError(error, signal.aborted);
    } finally {
      this.inUse--;
    }
  }
}
