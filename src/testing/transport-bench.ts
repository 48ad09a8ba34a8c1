import { type ClaimedMessage } from '../model/message.js';
import { type OutgoingMessage, type SendContext, type SendResult, type TransportState } from '../transports/transport.js';
import { type TransportUnderTest } from './transport-under-test.js';

/** A transport under test, and how messages are given to it. */
export class TransportBench<Content> {
  /** Places, in what was sent last, of the messages that the transport reported as accepted meanwhile. */
  reported: number[] = [];
  private made = 0;
  private opened: Promise<void> | undefined;
  private discarded: Promise<void> | undefined;

  constructor(readonly tested: TransportUnderTest<Content>) {}

  /** Sends so many messages, to the addresses from 0 on: together where the transport batches. */
  async send(
    count: number,
    signal: SendContext['signal'] = new AbortController().signal,
    text = 'Hello',
  ): Promise<readonly SendResult[]> {
    const { transport, addressOf, contentOf } = this.tested;
    await (this.opened ??= transport.open?.(stateInMemory()) ?? Promise.resolve());
    const messages = Array.from({ length: count }, (_, number): OutgoingMessage<Content> => {
      return { message: this.message(addressOf(number), text), content: contentOf(text) };
    });
    this.reported = [];
    const accepted = (message: ClaimedMessage): void =>
      void this.reported.push(messages.findIndex((one) => one.message === message));
    const context: SendContext = { signal, lane: 'normal', accepted };
    if (transport.batching === true) return transport.send(messages, context);
    const results: SendResult[] = [];
    for (const message of messages) results.push(...(await transport.send([message], context)));
    return results;
  }

  async close(): Promise<void> {
    await this.tested.transport.close?.();
    await this.disconnect();
  }

  /** Ends the receiver. */
  disconnect(): Promise<void> {
    return (this.discarded ??= this.tested.discard());
  }

  private message(address: string, title: string): ClaimedMessage {
    const { channel } = this.tested;
    const id = ++this.made;
    const at = Date.UTC(2026, 10, 20, 9);
    const content = { type: 'note', channel, title, priority: 'normal' } as const;
    return {
      messageId: `m-suite-${id}`,
      channel,
      address,
      type: 'note',
      priority: 'normal',
      lane: 'normal',
      attempt: 1,
      openedAt: at,
      queuedAt: at,
      entries: [{ deliveryId: `d-suite-${id}`, route: 'individual', acceptedAt: at, content }],
    };
  }
}

function stateInMemory(): TransportState {
  const values = new Map<string, string>();
  return {
    get: (name) => Promise.resolve(values.get(name)),
    set: (name, value) => Promise.resolve(void values.set(name, value)),
    setIfAbsent: (name, value) => {
      const stored = values.get(name) ?? value;
      values.set(name, stored);
      return Promise.resolve(stored);
    },
    update: (name, change) => {
      const next = change(values.get(name));
      if (next === undefined) values.delete(name);
      else values.set(name, next);
      return Promise.resolve(next);
    },
  };
}
