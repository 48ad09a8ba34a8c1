import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { type ClaimedMessage } from '../model/message.js';
import { rendering } from '../../test/support/rendering.js';
import { MemoryStore } from '../storage/memory/memory-store.js';
import { type SuppressionService } from '../suppression/suppression.service.js';
import { ManualClock } from '../testing/manual-clock.js';
import { type OutgoingMessage, type SendResult, type Transport } from '../transports/transport.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import { BatchSender } from './batch-sender.js';
import { type AddressedMessage, MessageAddresses } from './message-addresses.js';
import { type StopSignals } from './handover.js';

/** Throws at every batch with a poisonous message in it. */
class PoisonedTransport implements Transport {
  sends = 0;
  readonly delivered = new Map<string, number>();

  constructor(private readonly poisonous: ReadonlySet<string>) {}

  send(messages: readonly OutgoingMessage[]): Promise<readonly SendResult[]> {
    this.sends++;
    if (messages.some(({ message }) => this.poisonous.has(message.address))) throw new Error('poisoned');
    for (const { message } of messages) this.delivered.set(message.address, (this.delivered.get(message.address) ?? 0) + 1);
    return Promise.resolve(messages.map(() => ({ status: 'accepted' as const })));
  }
}

/** Every message has its address. */
class GivenAddresses extends MessageAddresses {
  of(messages: readonly ClaimedMessage[]): readonly AddressedMessage[] {
    return messages.map((message) => ({ message }));
  }
}

const NEVER: StopSignals = { abort: new AbortController().signal, giveUp: new AbortController().signal };

function senderTo(transport: Transport, clock = new ManualClock()): BatchSender {
  const transports = new TransportRegistry();
  transports.register('email', transport);
  const { renderer, formatters, events } = rendering({ clock });
  const suppressions = { bounced: () => Promise.resolve() } as unknown as SuppressionService;
  const store = new MemoryStore({ maxPending: 10 });
  return new BatchSender(transports, new GivenAddresses(), renderer, formatters, clock, events, store, suppressions);
}

describe('a batch that fails as a whole', () => {
  it('G6 is sent in halves until the poisonous stand alone: O(k log n) sends, the others delivered once', async () => {
    const batches = fc
      .integer({ min: 1, max: 128 })
      .chain((count) => fc.tuple(fc.constant(count), fc.uniqueArray(fc.nat({ max: count - 1 }), { maxLength: 6 })));
    await fc.assert(
      fc.asyncProperty(batches, async ([count, bad]) => {
        const transport = new PoisonedTransport(new Set(bad.map(String)));
        const messages = Array.from({ length: count }, (_, i) => claimedMessage([{}], { address: String(i) }));
        const { results } = await senderTo(transport).send('email', 'normal', messages, NEVER);
        results.forEach((result, i) => expect(result.status).toBe(bad.includes(i) ? 'failed' : 'accepted'));
        expect([...transport.delivered.values()].every((times) => times === 1)).toBe(true);
        expect(transport.delivered.size).toBe(count - bad.length);
        // Each poisonous one costs at most two sends a level.
        expect(transport.sends).toBeLessThanOrEqual(1 + 2 * bad.length * Math.ceil(Math.log2(Math.max(2, count))));
      }),
    );
  });
});

it('says how much of the time went to getting a connection, by the first one', async () => {
  const clock = new ManualClock();
  const connecting: Transport = {
    batching: true,
    send: (messages, { connected }) => {
      for (const ms of [6_000, 1]) {
        clock.advance(ms);
        connected?.();
      }
      return Promise.resolve(messages.map(() => ({ status: 'accepted' })));
    },
  };
  expect(await senderTo(connecting, clock).send('email', 'normal', [claimedMessage()], NEVER)).toMatchObject({
    connectMs: 6_000,
  });
  const silent: Transport = { send: (messages) => Promise.resolve(messages.map(() => ({ status: 'accepted' }))) };
  expect(await senderTo(silent, clock).send('email', 'normal', [claimedMessage()], NEVER)).toMatchObject({ connectMs: 0 });
});
