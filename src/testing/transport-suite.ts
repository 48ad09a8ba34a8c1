import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { type ClaimedMessage } from '../model/message.js';
import {
  type OutgoingMessage,
  type SendContext,
  type SendResult,
  type Transport,
  type TransportState,
} from '../transports/transport.js';

/** The parts of a test runner that the suite needs: those of Jest, of vitest, or of any other of their kind. */
export interface TransportSuiteRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
  readonly expect: (actual: unknown) => { toEqual(expected: unknown): unknown };
}

/**
 * What the receiver does with a message: it accepts it, refuses it for good, asks to come back later, or takes it and does not answer while the test
 * lasts.
 */
export type ReceiverAnswer = 'accept' | 'refuse' | 'later' | 'hang';

/** A transport, a receiver that the test made, and what the suite must know of both. */
export interface TransportUnderTest<Content = unknown> {
  readonly transport: Transport<Content>;
  readonly channel: string;
  /** A valid address, another one for each number from 0. */
  readonly addressOf: (number: number) => string;
  /** What the channel's formatter would make of a text. It is called with hostile texts too. */
  readonly contentOf: (text: string) => Content;
  /** From now on the receiver does this with a message for an address. */
  answerWith(answer: (address: string) => ReceiverAnswer): void;
  /** Messages that reached the receiver so far, those that it did not accept included. */
  received(): number;
  /** Credentials of the transport, which must show nowhere. */
  readonly secrets: readonly string[];
  /** Ends the receiver and all its connections. The suite closes the transport. */
  discard(): Promise<void>;
}

const HOSTILE = [
  '\r\nBcc: eve@example.com\r\n\r\n',
  '\u0000\u001b[31m\u202e',
  '\ud800 alone',
  '<script>alert(1)</script> <!channel> {{7*7}} %s %0d%0a',
  "'; DROP TABLE users; --",
  '\r\n.\r\n',
  '🙂'.repeat(500),
  'x'.repeat(50_000),
];
/** Turns of the event loop within which closed sockets are gone. */
const CLOSING_TURNS = 2_000;
const SOCKETS: ReadonlySet<string> = new Set(['TCPSocketWrap', 'TLSWrap', 'PipeWrap', 'TCPConnectWrap']);

/**
 * Registers the tests that every transport should pass: `describeTransport({ describe, it, expect }, 'sms', open)`. They send to a receiver that the
 * caller makes, best a real one on loopback.
 *
 * @param open makes a transport and its receiver, which accepts everything; called once for each test
 */
export function describeTransport<Content>(
  { describe, it, expect }: TransportSuiteRunner,
  name: string,
  open: () => Promise<TransportUnderTest<Content>>,
): void {
  const test = (title: string, body: (bench: Bench<Content>) => Promise<void>): unknown =>
    it(title, async () => {
      const bench = new Bench(await open());
      try {
        await body(bench);
      } finally {
        await bench.close();
      }
    });

  describe(`the transport ${name}`, () => {
    for (const count of [1, 25]) {
      test(`gives one result a message, in the same order (${count})`, async (bench) => {
        const isRefused = (number: number): boolean => number % 3 === 1;
        const refused = new Set(
          Array.from({ length: count }, (_, n) => bench.tested.addressOf(n)).filter((_, n) => isRefused(n)),
        );
        bench.tested.answerWith((address) => (refused.has(address) ? 'refuse' : 'accept'));
        const results = await bench.send(count);
        expect(results.map(kindOf)).toEqual(
          Array.from({ length: count }, (_, number) => (isRefused(number) ? 'permanent' : 'accepted')),
        );
      });
    }

    test('asks for another attempt where the receiver does, with a wait that is a number', async (bench) => {
      bench.tested.answerWith(() => 'later');
      const [result] = await bench.send(1);
      expect(kindOf(result)).toEqual('retry');
      const waitMs = result?.status === 'failed' ? (result.retryAfterMs ?? 0) : Number.NaN;
      expect(Number.isFinite(waitMs) && waitMs >= 0).toEqual(true);
    });

    test('attempts nothing once it is to stop', async (bench) => {
      const results = await bench.send(3, AbortSignal.abort());
      expect([results.map(kindOf), bench.tested.received()]).toEqual([['deferred', 'deferred', 'deferred'], 0]);
    });

    test('ends at once when it is to stop, and says that it does not know of what it sent', async (bench) => {
      bench.tested.answerWith(() => 'hang');
      const stop = new AbortController();
      const sending = bench.send(1, stop.signal);
      const done = { yet: false };
      void sending.finally(() => (done.yet = true)).catch(() => undefined);
      while (bench.tested.received() === 0 && !done.yet) await nextTurn();
      stop.abort();
      expect((await sending).map(kindOf)).toEqual(['uncertain']);
    });

    test('takes any text, and throws for none', async (bench) => {
      const results: SendResult[] = [];
      for (const text of HOSTILE) results.push(...(await bench.send(1, undefined, text)));
      const strange = results.map(kindOf).filter((kind) => kind !== 'accepted' && kind !== 'permanent');
      expect([results.length, strange]).toEqual([HOSTILE.length, []]);
    });

    test('shows none of its secrets, in results, health and inspection', async (bench) => {
      const answers: ReceiverAnswer[] = ['refuse', 'later', 'accept'];
      const shown: string[] = [];
      for (const answer of answers) {
        bench.tested.answerWith(() => answer);
        shown.push(JSON.stringify(await bench.send(1)));
      }
      const { transport, secrets } = bench.tested;
      shown.push(inspect(await transport.health?.()), inspect(transport, { depth: 10 }), transport.destination ?? '');
      expect(secrets.filter((secret) => shown.some((text) => text.includes(secret)))).toEqual([]);
    });

    it('leaves no socket once it and its receiver are closed', async () => {
      const before = openSockets();
      const bench = new Bench(await open());
      await bench.send(3);
      await bench.close();
      for (let turn = 0; openSockets() > before && turn < CLOSING_TURNS; turn++) await nextTurn();
      expect(openSockets() <= before).toEqual(true);
    });
  });
}

/** A transport under test, and how messages are given to it. */
class Bench<Content> {
  private made = 0;
  private opened: Promise<void> | undefined;

  constructor(readonly tested: TransportUnderTest<Content>) {}

  /** Sends so many messages, to the addresses from 0 on: together where the transport batches. */
  async send(count: number, signal = new AbortController().signal, text = 'Hello'): Promise<readonly SendResult[]> {
    const { transport, addressOf, contentOf } = this.tested;
    await (this.opened ??= transport.open?.(stateInMemory()) ?? Promise.resolve());
    const messages = Array.from({ length: count }, (_, number): OutgoingMessage<Content> => {
      return { message: this.message(addressOf(number), text), content: contentOf(text) };
    });
    const context: SendContext = { signal, lane: 'normal' };
    if (transport.batching === true) return transport.send(messages, context);
    const results: SendResult[] = [];
    for (const message of messages) results.push(...(await transport.send([message], context)));
    return results;
  }

  async close(): Promise<void> {
    await this.tested.transport.close?.();
    await this.tested.discard();
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

function kindOf(result: SendResult | undefined): string {
  if (result === undefined) return 'no result';
  return result.status === 'accepted' ? 'accepted' : result.kind;
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => SOCKETS.has(kind)).length;
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
  };
}
