import { Inject, Injectable } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { FormatterRegistry } from '../formatting/formatter-registry.js';
import { Clock } from '../model/clock.js';
import { type ClaimedMessage, type Lane } from '../model/message.js';
import { NotificationEvents } from '../model/notification-events.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { type OutgoingMessage, type SendResult, type Transport } from '../transports/transport.js';

/** Longest that one `send` may take; then its messages are uncertain. */
export const SEND_DEADLINE_MS = 120_000;
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
    @Inject(NOTIFICATION_OPTIONS) readonly options: ResolvedOptions,
  ) {}

  async send(
    channel: string,
    lane: Lane,
    messages: readonly ClaimedMessage[],
    stop: AbortSignal,
  ): Promise<readonly SendResult[]> {
    const transport = this.transports.get(channel);
    if (transport === undefined) {
      return messages.map(() => failed('retry', 'no_transport', `no transport is registered for the channel ${channel}`));
    }
    const results = new Map<ClaimedMessage, SendResult>();
    const outgoing: OutgoingMessage[] = [];
    for (const message of messages) {
      const formatted = this.formatters.format(message);
      if ('failure' in formatted) results.set(message, { status: 'failed', kind: 'permanent', failure: formatted.failure });
      else outgoing.push({ message, content: formatted.content });
    }
    const answers = outgoing.length === 0 ? [] : await this.hand(transport, channel, lane, outgoing, stop);
    outgoing.forEach(({ message }, index) => {
      results.set(message, answers[index] ?? failed('retry', 'internal', 'the transport gave no result for this message'));
    });
    return messages.map((message) => results.get(message) ?? failed('retry', 'internal', 'the message got no result'));
  }

  private async hand(
    transport: Transport,
    channel: string,
    lane: Lane,
    outgoing: readonly OutgoingMessage[],
    stop: AbortSignal,
  ): Promise<readonly SendResult[]> {
    const deadline = new AbortController();
    const signal = AbortSignal.any([stop, deadline.signal]);
    const all = (result: SendResult): readonly SendResult[] => outgoing.map(() => result);
    const { promise: late, resolve } = Promise.withResolvers<readonly SendResult[]>();
    const giveUp = (): void => resolve(all(failed('uncertain', 'uncertain', 'the transport did not answer in time')));
    signal.addEventListener('abort', giveUp, { once: true });
    const timer = this.clock.setTimer(SEND_DEADLINE_MS, () => deadline.abort());
    try {
      return await Promise.race([transport.send(outgoing, { signal, lane }), late]);
    } catch (error) {
      this.events.emit('failed', { where: `transport of ${channel}`, error });
      return all(failed('retry', 'internal', `the transport failed: ${error instanceof Error ? error.name : 'unknown error'}`));
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', giveUp);
    }
  }
}

function failed(
  kind: 'retry' | 'permanent' | 'uncertain',
  reason: 'no_transport' | 'internal' | 'uncertain',
  message: string,
): SendResult {
  return { status: 'failed', kind, failure: { reason, message } };
}
