import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { FormatterRegistry } from '../formatting/formatter-registry.js';
import { LateMessage } from './late-message.js';
import { Clock } from '../model/clock.js';
import { type ClaimedMessage, type Lane } from '../model/message.js';
import { NotificationEvents } from '../model/notification-events.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { type OutgoingMessage, type SendContext, type SendResult, type Transport } from '../transports/transport.js';

/** Longest that one `send` may take; then its messages are uncertain. */
export const SEND_DEADLINE_MS = 120_000;
/** Messages and entries that are formatted before others have the event loop: a few milliseconds. */
const FORMAT_SLICE = 500;
/** A claim outlives the send it was made for. */
export const LEASE_MS = SEND_DEADLINE_MS + 60_000;

/** Formats a batch and hands it to its transport; always answers one result a message. */
@Injectable()
export class BatchSender {
  constructor(
    private readonly transports: TransportRegistry,
    private readonly formatters: FormatterRegistry,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
  ) {}

  /** The receiver of an address, where a channel has many; undefined: the channel is one. */
  remoteOf(channel: string, address: string): string | undefined {
    return this.transports.get(channel)?.remoteOf?.(address);
  }

  async send(
    channel: string,
    lane: Lane,
    messages: readonly ClaimedMessage[],
    stop: AbortSignal,
    accepted: (message: ClaimedMessage) => void = () => undefined,
  ): Promise<readonly SendResult[]> {
    const transport = this.transports.get(channel);
    if (transport === undefined) {
      return messages.map(() => failed('retry', 'no_transport', `no transport is registered for the channel ${channel}`));
    }
    const results: SendResult[] = [];
    const outgoing: OutgoingMessage[] = [];
    const places: number[] = [];
    let left = FORMAT_SLICE;
    for (const [index, message] of messages.entries()) {
      if (transport.readsLate === true && this.formatters.mayBeLate(channel, message.type)) {
        outgoing.push(new LateMessage(message, this.formatters));
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
    const answers = outgoing.length === 0 ? [] : await this.handInHalves(transport, channel, { lane, accepted }, outgoing, stop);
    places.forEach((place, index) => (results[place] = answers[index] ?? UNANSWERED));
    return results;
  }

  /**
   * A batch that its transport throws at is sent in halves, until whoever is to blame stands alone: with k of those among n it takes
   * O(k log n) sends, and the others are delivered.
   */
  private async handInHalves(
    transport: Transport,
    channel: string,
    context: Omit<SendContext, 'signal'>,
    outgoing: readonly OutgoingMessage[],
    stop: AbortSignal,
  ): Promise<readonly SendResult[]> {
    const answers = await this.hand(transport, channel, context, outgoing, stop);
    if (answers !== undefined) return answers;
    const [first] = outgoing;
    if (outgoing.length <= 1 || first === undefined || stop.aborted) return outgoing.map(() => THREW);
    const middle = Math.ceil(outgoing.length / 2);
    const left = await this.handInHalves(transport, channel, context, outgoing.slice(0, middle), stop);
    const right = await this.handInHalves(transport, channel, context, outgoing.slice(middle), stop);
    return [...left, ...right];
  }

  /** One call of the transport; undefined when it threw. */
  private async hand(
    transport: Transport,
    channel: string,
    context: Omit<SendContext, 'signal'>,
    outgoing: readonly OutgoingMessage[],
    stop: AbortSignal,
  ): Promise<readonly SendResult[] | undefined> {
    const deadline = new AbortController();
    const signal = AbortSignal.any([stop, deadline.signal]);
    const all = (result: SendResult): readonly SendResult[] => outgoing.map(() => result);
    const { promise: late, resolve } = Promise.withResolvers<readonly SendResult[]>();
    const giveUp = (): void => resolve(all(failed('uncertain', 'uncertain', 'the transport did not answer in time')));
    signal.addEventListener('abort', giveUp, { once: true });
    const timer = this.clock.setTimer(SEND_DEADLINE_MS, () => deadline.abort());
    try {
      return await Promise.race([transport.send(outgoing, { ...context, signal }), late]);
    } catch (error) {
      this.events.emit('failed', { where: `transport of ${channel}`, error });
      return undefined;
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', giveUp);
    }
  }
}

const UNANSWERED = failed('retry', 'internal', 'the transport gave no result for this message');
const THREW = failed('retry', 'internal', 'the transport failed with this message');

function failed(
  kind: 'retry' | 'permanent' | 'uncertain',
  reason: 'no_transport' | 'internal' | 'uncertain',
  message: string,
): SendResult {
  return { status: 'failed', kind, failure: { reason, message } };
}
