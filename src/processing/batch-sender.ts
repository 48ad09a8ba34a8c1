import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { FormatterRegistry } from '../formatting/formatter-registry.js';
import { Clock } from '../model/clock.js';
import { type ClaimedMessage, type Lane } from '../model/message.js';
import { NotificationEvents } from '../model/notification-events.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { type OutgoingMessage, type SendResult, type Transport } from '../transports/transport.js';
import { LazyMessage } from './lazy-message.js';
import { Handover, type HandoverContext, type StopSignals } from './handover.js';

/** Messages and entries that are formatted before others have the event loop: a few milliseconds. */
const FORMAT_SLICE = 500;

/** What became of a batch. */
export interface SentBatch {
  /** One a message, in the same order. */
  readonly results: readonly SendResult[];
  /** Messages that the transport was given: those that could be formatted. */
  readonly handed: number;
  /** Part of the time that went to getting a connection, ms. */
  readonly connectMs: number;
}

/** Formats a batch and hands it to its transport; always answers one result a message. */
@Injectable()
export class BatchSender {
  constructor(
    private readonly transports: TransportRegistry,
    private readonly formatters: FormatterRegistry,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
  ) {}

  /** @param accepted told of each message that the receiver accepted, as soon as the transport says so */
  async send(
    channel: string,
    lane: Lane,
    messages: readonly ClaimedMessage[],
    stop: StopSignals,
    accepted: (message: ClaimedMessage) => void = () => undefined,
  ): Promise<SentBatch> {
    const transport = this.transports.get(channel);
    if (transport === undefined) return { results: messages.map(() => noTransport(channel)), handed: 0, connectMs: 0 };
    const results: SendResult[] = [];
    const outgoing: OutgoingMessage[] = [];
    const places: number[] = [];
    let left = FORMAT_SLICE;
    for (const [index, message] of messages.entries()) {
      if (transport.lazyContent === true && this.formatters.mayBeLazy(channel, message.type)) {
        outgoing.push(new LazyMessage(message, this.formatters));
        places.push(index);
        continue;
      }
      left -= 1 + message.entries.length;
      if (left < 0) {
        await nextTurn();
        left = FORMAT_SLICE;
      }
      const formatted = this.formatters.format(message);
      if ('failure' in formatted) {
        results[index] = { status: 'failed', kind: 'permanent', failure: formatted.failure };
      } else {
        outgoing.push({ message, content: formatted.content });
        places.push(index);
      }
    }
    const startedAt = this.clock.now();
    let connectedAt: number | undefined;
    const connected = (): void => void (connectedAt ??= this.clock.now());
    const context = { lane, accepted, connected };
    const answers = outgoing.length === 0 ? [] : await this.hand(transport, channel, context, outgoing, stop);
    answers.forEach((answer, index) => {
      const place = places[index];
      if (place !== undefined) results[place] = answer;
    });
    return { results, handed: outgoing.length, connectMs: Math.max(0, (connectedAt ?? startedAt) - startedAt) };
  }

  private async hand(
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
}

function noTransport(channel: string): SendResult {
  const message = `no transport is registered for the channel ${channel}`;
  return { status: 'failed', kind: 'deferred', failure: { reason: 'no_transport', message } };
}
