import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { FAILURE_REASONS } from '../model/failure.js';
import { type SendResult } from '../transports/transport.js';
import { TransportBench } from './transport-bench.js';
import {
  type ReceiverAnswer,
  type TransportSuiteRunner,
  type TransportSuiteSettings,
  type TransportUnderTest,
} from './transport-under-test.js';

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
const HOSTILE_ADDRESSES = [
  '',
  ' ',
  '@',
  '\r\nx@example.com',
  '\u0000',
  '../..',
  'https://user:pass@[::1]:x/',
  'x'.repeat(100_000),
];
const MOST_CHARACTERS = 500;
/** Turns of the event loop within which closed sockets are gone. */
const CLOSING_TURNS = 2_000;
/** Turns of the event loop in which nothing arrives any more. */
const ARRIVING_TURNS = 100;
const SOCKETS: ReadonlySet<string> = new Set(['TCPSocketWrap', 'TLSWrap', 'PipeWrap', 'TCPConnectWrap']);

/**
 * Registers the tests that every transport should pass: `describeTransport({ describe, it, expect }, 'sms', open)`. They send to a receiver that the
 * caller makes, best a real one on loopback.
 *
 * @param open makes a transport and its receiver, which accepts everything; called once for each test
 * @param settings what of the suite applies
 */
export function describeTransport<Content>(
  { describe, it, expect }: TransportSuiteRunner,
  name: string,
  open: () => Promise<TransportUnderTest<Content>>,
  { answers = ['accept', 'refuse', 'later', 'hang'] }: TransportSuiteSettings = {},
): void {
  const test = (title: string, body: (bench: TransportBench<Content>) => Promise<void>): unknown =>
    it(title, async () => {
      const bench = new TransportBench(await open());
      try {
        await body(bench);
      } finally {
        await bench.close();
      }
    });

  const can = (answer: ReceiverAnswer): boolean => answers.includes(answer);
  /** For each of so many messages, every answer in turn that comes at once. */
  const inTurn = (count: number): readonly ReceiverAnswer[] => {
    const prompt = answers.filter((answer) => answer !== 'hang');
    return Array.from({ length: count }, (_, number) => prompt[number % prompt.length] ?? 'accept');
  };

  describe(`the transport ${name}`, () => {
    for (const count of [1, 25]) {
      test(`gives one result for each message, in the same order, and they add up (${count})`, async (bench) => {
        const wanted = inTurn(count);
        const byAddress = new Map(wanted.map((answer, number) => [bench.tested.addressOf(number), answer]));
        bench.tested.answerWith((address) => byAddress.get(address) ?? 'accept');
        const results = await bench.send(count);
        expect(results.map(kindOf)).toEqual(wanted.map((answer) => KINDS[answer]));
        expect(bench.tested.received()).toEqual(count);
        const accepted = results.flatMap((result, place) => (result.status === 'accepted' ? [place] : []));
        // What it reported meanwhile is what it accepted, each once.
        expect(
          bench.reported.filter((place, index) => !accepted.includes(place) || bench.reported.indexOf(place) !== index),
        ).toEqual([]);
      });
    }

    test('takes its own addresses, in one form, and throws for none', (bench) => {
      const { transport, addressOf } = bench.tested;
      const canonical = (address: string): string => transport.canonicalAddress?.(address) ?? address;
      const own = [0, 1, 2].map(addressOf);
      expect(own.map((address) => transport.validateAddress?.(address)).filter((problem) => problem !== undefined)).toEqual([]);
      expect(own.map((address) => canonical(canonical(address)))).toEqual(own.map(canonical));
      const problems = HOSTILE_ADDRESSES.map((address) => transport.validateAddress?.(address));
      expect(problems.filter((problem) => problem !== undefined && (problem === '' || problem.length > MOST_CHARACTERS))).toEqual(
        [],
      );
      return Promise.resolve();
    });

    if (can('later'))
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

    if (can('hang'))
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

    if (can('hang'))
      test('that is to stop within a batch answers for every message, and calls none delivered that did not arrive', async (bench) => {
        const hanging = bench.tested.addressOf(3);
        const seen = { yet: false };
        bench.tested.answerWith((address) => {
          if (address !== hanging) return 'accept';
          seen.yet = true;
          return 'hang';
        });
        const stop = new AbortController();
        const sending = bench.send(8, stop.signal);
        const done = { yet: false };
        void sending.finally(() => (done.yet = true)).catch(() => undefined);
        while (!seen.yet && !done.yet) await nextTurn();
        // What was sent beside it arrives too: a transport may send several at once, and cannot tell what of it was received.
        for (let quiet = 0, before = -1; quiet < ARRIVING_TURNS; quiet++) {
          if (bench.tested.received() !== before) quiet = 0;
          before = bench.tested.received();
          await nextTurn();
        }
        stop.abort();
        const kinds = (await sending).map(kindOf);
        expect([kinds.length, kinds[3]]).toEqual([8, 'uncertain']);
        const strange = kinds.filter((kind) => !['accepted', 'uncertain', 'retry', 'deferred'].includes(kind));
        const unfounded = kinds.filter((kind) => kind === 'accepted' || kind === 'uncertain').length > bench.tested.received();
        expect([strange, unfounded]).toEqual([[], false]);
      });

    if (can('later'))
      test('says of a receiver that cannot be reached that nothing was sent', async (bench) => {
        await bench.disconnect();
        const kinds = (await bench.send(3)).map(kindOf);
        const strange = kinds.filter((kind) => !['retry', 'deferred', 'channel_unavailable'].includes(kind));
        expect([kinds.length, strange]).toEqual([3, []]);
      });

    if (can('refuse') || can('later'))
      test('gives a known reason for what failed, in one line', async (bench) => {
        for (const answer of answers.filter((one) => one === 'refuse' || one === 'later')) {
          bench.tested.answerWith(() => answer);
          const [result] = await bench.send(1);
          const { reason, message } = result?.status === 'failed' ? result.failure : { reason: 'none', message: '' };
          expect(FAILURE_REASONS.filter((known) => known === reason)).toEqual([reason]);
          expect([message === '', message.includes('\n'), message.length > MOST_CHARACTERS]).toEqual([false, false, false]);
        }
      });

    test('takes any text, and throws for none', async (bench) => {
      const results: SendResult[] = [];
      for (const text of HOSTILE) results.push(...(await bench.send(1, undefined, text)));
      const strange = results.map(kindOf).filter((kind) => kind !== 'accepted' && kind !== 'permanent');
      expect([results.length, strange]).toEqual([HOSTILE.length, []]);
    });

    test('shows none of its secrets, in results, health and inspection', async (bench) => {
      const shown: string[] = [];
      for (const answer of inTurn(answers.length)) {
        bench.tested.answerWith(() => answer);
        shown.push(JSON.stringify(await bench.send(1)));
      }
      await bench.disconnect();
      shown.push(JSON.stringify(await bench.send(1)));
      const { transport, secrets } = bench.tested;
      shown.push(...HOSTILE_ADDRESSES.map((address) => transport.validateAddress?.(address) ?? ''), transport.missing ?? '');
      shown.push(inspect(await transport.health?.()), inspect(transport, { depth: 10 }), transport.destination ?? '');
      expect(secrets.filter((secret) => shown.some((text) => text.includes(secret)))).toEqual([]);
    });

    it('leaves no socket once it and its receiver are closed', async () => {
      const before = openSockets();
      const bench = new TransportBench(await open());
      await bench.send(3);
      await bench.close();
      for (let turn = 0; openSockets() > before && turn < CLOSING_TURNS; turn++) await nextTurn();
      expect(openSockets() <= before).toEqual(true);
    });
  });
}

/** How a message ends that gets an answer. */
const KINDS: Readonly<Record<ReceiverAnswer, string>> = {
  accept: 'accepted',
  refuse: 'permanent',
  later: 'retry',
  hang: 'uncertain',
};

function kindOf(result: SendResult | undefined): string {
  if (result === undefined) return 'no result';
  return result.status === 'accepted' ? 'accepted' : result.kind;
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => SOCKETS.has(kind)).length;
}
