import { Injectable } from '@nestjs/common';
import { FormatterRegistry } from '../formatting/formatter-registry.js';
import { MessageRenderer } from '../formatting/message-renderer.js';
import { Clock } from '../model/clock.js';
import { type ClaimedMessage, type Lane } from '../model/message.js';
import { NotificationEvents } from '../model/notification-events.js';
import { NotificationStore } from '../storage/notification-store.js';
import { SuppressionService } from '../suppression/suppression.service.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { type OutgoingMessage, type SendResult, type Transport } from '../transports/transport.js';
import { type AddressedMessage, MessageAddresses } from './message-addresses.js';
import { type CancelReason } from '../model/failure.js';
import { LazyMessage } from './lazy-message.js';
import { Handover, type HandoverContext, type StopSignals } from './handover.js';

/** What became of one message: the transport's result, or that nothing of it is sent. */
export type MessageResult = SendResult | { readonly status: 'cancelled'; readonly reason: CancelReason };

/** What became of a batch. */
export interface SentBatch {
  /** One a message, in the same order. */
  readonly results: readonly MessageResult[];
  /** The messages with the addresses that were looked up, in the same order. */
  readonly addressed: readonly ClaimedMessage[];
  /** The places of the messages that the transport was given: those that could be rendered. */
  readonly handed: readonly number[];
  /** Part of the time that went to getting a connection, ms. */
  readonly connectMs: number;
}

/** Renders a batch and hands it to its transport; always answers one result a message. */
@Injectable()
export class BatchSender {
  constructor(
    private readonly transports: TransportRegistry,
    private readonly addresses: MessageAddresses,
    private readonly renderer: MessageRenderer,
    private readonly formatters: FormatterRegistry,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    private readonly store: NotificationStore,
    private readonly suppressions: SuppressionService,
  ) {}

  /** @param accepted told of each message that the receiver accepted, as soon as the transport says so */
  async send(
    channel: string,
    lane: Lane,
    messages: readonly ClaimedMessage[],
    stop: StopSignals,
    accepted: HandoverContext['accepted'] = () => undefined,
  ): Promise<SentBatch> {
    const transport = this.transports.get(channel);
    if (transport === undefined)
      return { results: messages.map(() => noTransport(channel)), addressed: messages, handed: [], connectMs: 0 };
    const asked = this.addresses.of(messages);
    const addressed = asked instanceof Promise ? await asked : asked;
    const places = addressed.flatMap((one, place) => ('message' in one ? [{ place, message: one.message }] : []));
    const addressable = places.map(({ message }) => message);
    const sent = await this.sendAddressed(transport, channel, lane, addressable, stop, accepted);
    if (places.length === messages.length) return sent;
    const results = addressed.map((one): MessageResult => ('message' in one ? NOT_SENT : unsentResult(one)));
    places.forEach(({ place }, index) => (results[place] = sent.results[index] ?? NOT_SENT));
    const looked = addressed
      .map((one, place) => ('message' in one ? one.message : messages[place]))
      .filter((one) => one !== undefined);
    return { ...sent, results, addressed: looked, handed: sent.handed.flatMap((index) => places[index]?.place ?? []) };
  }

  private async sendAddressed(
    transport: Transport,
    channel: string,
    lane: Lane,
    messages: readonly ClaimedMessage[],
    stop: StopSignals,
    accepted: (message: ClaimedMessage) => void,
  ): Promise<SentBatch> {
    const rendered = await this.renderer.render(messages, { stop: stop.abort, lazyContent: transport.lazyContent === true });
    const results: SendResult[] = [];
    const outgoing: OutgoingMessage[] = [];
    const handed: number[] = [];
    for (const [index, one] of rendered.entries()) {
      if ('failure' in one) {
        results[index] = { status: 'failed', kind: one.kind, failure: one.failure };
        continue;
      }
      outgoing.push('lazyContent' in one ? new LazyMessage(one.message, this.formatters) : one);
      handed.push(index);
    }
    const startedAt = this.clock.now();
    let connectedAt: number | undefined;
    const connected = (): void => void (connectedAt ??= this.clock.now());
    const context = { lane, accepted, connected, attachments: (message: ClaimedMessage) => this.attachmentsOf(message) };
    const answers = outgoing.length === 0 ? [] : await this.handOver(transport, channel, context, outgoing, stop);
    answers.forEach((answer, index) => {
      const place = handed[index];
      if (place !== undefined) results[place] = answer;
    });
    await this.suppressBounced(messages, results);
    return { results, addressed: messages, handed, connectMs: Math.max(0, (connectedAt ?? startedAt) - startedAt) };
  }

  /** Before the batch ends, so that a stop waits for it. Together, so that all wait for the disk once. */
  private async suppressBounced(messages: readonly ClaimedMessage[], results: readonly SendResult[]): Promise<void> {
    await Promise.all(
      messages.map(async ({ channel, address }, index) => {
        const result = results[index];
        const bounced = result?.status === 'failed' && result.kind === 'permanent' && result.addressBounced === true;
        if (bounced) await this.suppressions.bounced(channel, address, result.failure.message);
      }),
    );
  }

  private async handOver(
    transport: Transport,
    channel: string,
    context: HandoverContext,
    outgoing: readonly OutgoingMessage[],
    stop: StopSignals,
  ): Promise<readonly SendResult[]> {
    const handover = new Handover(transport, context, stop, this.clock, (error) =>
      this.events.emit('failed', { where: `transport of ${channel}`, error }),
    );
    return handover.send(outgoing);
  }

  private attachmentsOf({ entries }: ClaimedMessage): Promise<readonly Uint8Array[]> {
    const [only, ...others] = entries;
    if (only?.content.email?.attachments === undefined || others.length > 0) return Promise.resolve([]);
    return this.store.attachments(only.deliveryId);
  }
}

/** A transport that gave no answer. */
export const NOT_SENT: SendResult = {
  status: 'failed',
  kind: 'retry',
  failure: { reason: 'internal', message: 'the transport gave no result for this message' },
};

/** What is cancelled was never given to a transport. */
export function isSendResult(result: MessageResult): result is SendResult {
  return result.status !== 'cancelled';
}

function unsentResult(one: Exclude<AddressedMessage, { readonly message: ClaimedMessage }>): MessageResult {
  if ('cancelled' in one) return { status: 'cancelled', reason: one.cancelled };
  const { deferredMs: retryAfterMs, why: message } = one;
  return { status: 'failed', kind: 'deferred', failure: { reason: 'temporarily_refused', message }, retryAfterMs };
}

function noTransport(channel: string): SendResult {
  const message = `no transport is registered for the channel ${channel}`;
  return { status: 'failed', kind: 'deferred', failure: { reason: 'no_transport', message } };
}
