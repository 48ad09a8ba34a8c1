import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { rendering } from '../../test/support/rendering.js';
import { type ClaimedMessage } from '../model/message.js';
import { ManualClock } from '../testing/manual-clock.js';
import { type OutgoingMessage, type SendContext, type SendResult, type Transport } from '../transports/transport.js';
import { ANSWER_MS, Handover, SEND_DEADLINE_MS, type StopSignals } from './handover.js';
import { LazyMessage } from './lazy-message.js';

const ACCEPTED: SendResult = { status: 'accepted' };
const NEVER: StopSignals = { abort: new AbortController().signal, giveUp: new AbortController().signal };

/** Sends one message after the other, says so, and throws at those that are poisonous. */
class OneByOne implements Transport {
  readonly sends = new Map<string, number>();

  constructor(private readonly poisonous: ReadonlySet<string>) {}

  async send(messages: readonly OutgoingMessage[], { accepted }: SendContext): Promise<readonly SendResult[]> {
    for (const { message } of messages) {
      if (this.poisonous.has(message.address)) throw new Error('poisoned');
      this.sends.set(message.address, (this.sends.get(message.address) ?? 0) + 1);
      accepted?.(message);
      await Promise.resolve();
    }
    return messages.map(() => ACCEPTED);
  }
}

function batch(count: number): OutgoingMessage[] {
  return Array.from({ length: count }, (_, i) => ({ message: claimedMessage([{}], { address: String(i) }), content: '' }));
}

function handoverTo(transport: Transport, stop: StopSignals = NEVER) {
  const clock = new ManualClock();
  const accepted: ClaimedMessage[] = [];
  const errors: unknown[] = [];
  const context = {
    lane: 'normal',
    accepted: (message: ClaimedMessage) => accepted.push(message),
    connected: () => undefined,
    attachments: () => Promise.resolve([]),
  } as const;
  const handover = new Handover(transport, context, stop, clock, (error) => errors.push(error));
  return { handover, clock, accepted, errors };
}

describe('a batch with its transport', () => {
  it('G3 G6 repeats nothing that was accepted before a throw, and sends every healthy message once', async () => {
    const batches = fc
      .integer({ min: 1, max: 100 })
      .chain((count) => fc.tuple(fc.constant(count), fc.uniqueArray(fc.nat({ max: count - 1 }), { maxLength: 6 })));
    await fc.assert(
      fc.asyncProperty(batches, async ([count, bad]) => {
        const transport = new OneByOne(new Set(bad.map(String)));
        const { handover, clock, accepted } = handoverTo(transport);
        const results = await handover.send(batch(count));
        results.forEach((result, i) => expect(result.status).toBe(bad.includes(i) ? 'failed' : 'accepted'));
        expect([...transport.sends.values()].every((times) => times === 1)).toBe(true);
        expect(transport.sends.size).toBe(count - bad.length);
        expect(accepted).toHaveLength(count - bad.length);
        expect(clock.pending).toBe(0);
      }),
    );
  });

  it('takes a message that was accepted as accepted, whatever is answered later', async () => {
    const failed: SendResult = { status: 'failed', kind: 'retry', failure: { reason: 'connection_failed', message: 'broke' } };
    const { handover } = handoverTo({
      send: (messages, { accepted }) => {
        messages.slice(0, 1).forEach(({ message }) => accepted?.(message));
        return Promise.resolve(messages.map(() => failed));
      },
    });
    expect((await handover.send(batch(2))).map(({ status }) => status)).toEqual(['accepted', 'failed']);
  });

  it('lets the transport say at its deadline what it did not send', async () => {
    const untried: SendResult = { status: 'failed', kind: 'deferred', failure: { reason: 'interrupted', message: 'not tried' } };
    const unsure: SendResult = { status: 'failed', kind: 'uncertain', failure: { reason: 'uncertain', message: 'no answer' } };
    const { handover, clock } = handoverTo({
      send: (messages, { signal }) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () =>
            setImmediate(() => resolve(messages.map((_, i) => (i === 0 ? unsure : untried)))),
          ),
        ),
    });
    const results = handover.send(batch(3));
    clock.advance(SEND_DEADLINE_MS - ANSWER_MS);
    expect(await results).toEqual([unsure, untried, untried]);
    expect(clock.pending).toBe(0);
  });

  it.each(['deadline', 'stop'] as const)(
    'without an answer, only what the transport looked at and did not report is uncertain: %s',
    async (cause) => {
      const abort = new AbortController();
      const giveUp = new AbortController();
      const { formatters } = rendering();
      const late = batch(4).map(({ message }) => new LazyMessage(message, formatters));
      const { handover, clock } = handoverTo(
        {
          send: ([first, second], { accepted }) => {
            if (first !== undefined) accepted?.(first.message);
            expect(second?.content).toBeDefined();
            return new Promise(() => undefined);
          },
        },
        { abort: abort.signal, giveUp: giveUp.signal },
      );
      const results = handover.send(late);
      if (cause === 'deadline') clock.advance(SEND_DEADLINE_MS);
      else {
        abort.abort();
        giveUp.abort();
      }
      expect((await results).map((result) => (result.status === 'accepted' ? 'accepted' : result.kind))).toEqual([
        'accepted',
        'uncertain',
        'deferred',
        'deferred',
      ]);
    },
  );

  it('tries no halves once it is stopped', async () => {
    const abort = new AbortController();
    let calls = 0;
    const { handover, errors } = handoverTo(
      {
        send: () => {
          calls++;
          abort.abort();
          throw new Error('closed');
        },
      },
      { abort: abort.signal, giveUp: new AbortController().signal },
    );
    expect((await handover.send(batch(8))).every(({ status }) => status === 'failed')).toBe(true);
    expect([calls, errors.length]).toEqual([1, 1]);
  });
});
