import { ok, strictEqual } from 'node:assert/strict';
import { type SharedState } from './shared-state.js';
import { T0 } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** The shared state of two instances; of an embedded store it is twice the same. */
export type StatePair = () => readonly [SharedState, SharedState];

/** What instances know together. */
export function itSharesState(on: StatePair, { expect, it }: StoreSuiteRunner): void {
  it('a setting that one writes is read by the other, with a version that changes with every write', async () => {
    const [a, b] = on();
    const before = await b.setting('rules');
    expect(before.value).toBeUndefined();
    await a.set('rules', 'one');
    const written = await b.setting('rules');
    expect(written.value).toBe('one');
    expect(written.version).not.toBe(before.version);
    expect(await a.setting('rules')).toEqual(written);
    await b.set('rules', undefined);
    expect(await a.get('rules')).toBeUndefined();
  });

  it('of two that write over one version the second one changes nothing', async () => {
    const [a, b] = on();
    const { version } = await a.setting('thread');
    const answers = await Promise.all([a.compareAndSet('thread', version, 'of a'), b.compareAndSet('thread', version, 'of b')]);
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await a.get('thread')).toBe(answers[0] ? 'of a' : 'of b');
    expect(await b.compareAndSet('thread', version, 'late')).toBe(false);
  });

  it('loses no change of those that update one setting at once', async () => {
    const add = (value: string | undefined): string => String(Number(value ?? 0) + 1);
    const states = on();
    await Promise.all(Array.from({ length: 20 }, (_, index) => states[index % 2]!.update('count', add)));
    expect(await on()[0].get('count')).toBe('20');
  });

  it('both hear of a write and of a signal until they stop listening', async () => {
    const [a, b] = on();
    const heard = new Set<string>();
    const stops = [
      a.watch('rules', () => heard.add('a rules')),
      b.watch('rules', () => heard.add('b rules')),
      a.subscribe('news', (payload) => heard.add(`a ${payload}`)),
      b.subscribe('news', (payload) => heard.add(`b ${payload}`)),
    ];
    await a.set('rules', 'new');
    await a.set('other', 'new');
    b.publish('news', 'hello');
    await haveHeardAll([a, b]);
    expect([...heard].toSorted()).toEqual(['a hello', 'a rules', 'b hello', 'b rules']);
    for (const stop of stops) stop();
    heard.clear();
    await b.set('rules', 'newer');
    a.publish('news', 'nobody');
    await haveHeardAll([a, b]);
    expect(heard.size).toBe(0);
  });

  for (const perSecond of [1, 7, 50]) {
    it(`grants no more than a rate of ${perSecond} a second allows, whichever instance asks, and says when to ask again`, async () => {
      const asks = Array.from({ length: 30 }, (_, n): Ask => ({
        who: n % 3 === 0 ? 0 : 1,
        wanted: 1 + ((n * 7) % 30),
        afterMs: (n * n * 37) % 700,
      }));
      await expectToKeepRate(on(), `rate ${perSecond}`, perSecond, asks);
    });
  }

  it('grants again what was given back', async () => {
    const [a, b] = on();
    const rate = { perSecond: 10 };
    expect(await a.reserve('mail', 10, rate, T0)).toEqual({ granted: 10, waitMs: 0 });
    expect(await b.reserve('mail', 1, rate, T0)).toEqual({ granted: 0, waitMs: 100 });
    await a.giveBack('mail', 4);
    expect((await b.reserve('mail', 10, rate, T0)).granted).toBe(4);
  });

  it('keeps an interval: a bucket of one', async () => {
    const [a, b] = on();
    const rate = { perSecond: 4, burstMs: 250 };
    expect(await a.reserve('C1', 1, rate, T0)).toEqual({ granted: 1, waitMs: 0 });
    expect(await b.reserve('C1', 1, rate, T0 + 100)).toEqual({ granted: 0, waitMs: 150 });
    expect((await b.reserve('C1', 1, rate, T0 + 250)).granted).toBe(1);
    expect((await b.reserve('C2', 1, rate, T0 + 250)).granted).toBe(1);
  });

  it('grants nothing of a rate that is held until its time, and not a burst then', async () => {
    const [a, b] = on();
    const rate = { perSecond: 10 };
    expect((await a.reserve('posts', 3, rate, T0)).granted).toBe(3);
    await a.holdUntil('posts', T0 + 30_000, rate);
    await b.holdUntil('posts', T0 + 5_000, rate);
    expect(await b.reserve('posts', 5, rate, T0 + 1)).toEqual({ granted: 0, waitMs: 29_999 });
    expect((await b.reserve('posts', 5, rate, T0 + 29_999)).granted).toBe(0);
    expect((await b.reserve('posts', 5, rate, T0 + 30_000)).granted).toBe(1);
    await b.holdUntil('unused', T0 + 100, { perSecond: 1, burstMs: 1_000 });
    expect(await a.reserve('unused', 1, { perSecond: 1, burstMs: 1_000 }, T0)).toEqual({ granted: 0, waitMs: 100 });
  });

  it('has one leader of a job, until it resigns or its time is over', async () => {
    const [a, b] = on();
    expect(await a.lead('cleanup', 'a', 1_000, T0)).toBe(true);
    expect(await b.lead('cleanup', 'b', 1_000, T0 + 999)).toBe(false);
    expect(await a.lead('cleanup', 'a', 1_000, T0 + 999)).toBe(true);
    expect(await b.lead('other job', 'b', 1_000, T0)).toBe(true);
    expect(await b.lead('cleanup', 'b', 1_000, T0 + 1_999)).toBe(true);
    await b.resign('b');
    expect(await a.lead('cleanup', 'a', 1_000, T0 + 2_000)).toBe(true);
  });
}

/** Resolves when both heard what either sent before: signals of one instance arrive in the order of sending. */
async function haveHeardAll(states: readonly [SharedState, SharedState]): Promise<void> {
  const heard = new Set<string>();
  const all = Promise.withResolvers<undefined>();
  const stops = states.map((state, index) =>
    state.subscribe('mark', (sender) => {
      heard.add(`${index} heard ${sender}`);
      if (heard.size === states.length ** 2) all.resolve(undefined);
    }),
  );
  states.forEach((state, index) => state.publish('mark', String(index)));
  await all.promise;
  for (const stop of stops) stop();
}

/** One that asks for units of a rate, so long after the one before. */
export interface Ask {
  /** Which of the two instances. */
  readonly who: 0 | 1;
  readonly wanted: number;
  readonly afterMs: number;
}

/** @throws AssertionError unless what is granted, and when to ask again, keep to the rate */
export async function expectToKeepRate(
  states: readonly [SharedState, SharedState],
  key: string,
  perSecond: number,
  asks: readonly Ask[],
): Promise<void> {
  let now = T0;
  let total = 0;
  for (const { who, wanted, afterMs } of asks) {
    now += afterMs;
    const { granted, waitMs } = await states[who].reserve(key, wanted, { perSecond }, now);
    total += granted;
    ok(granted <= wanted, `${granted} were granted of ${wanted}`);
    strictEqual(waitMs > 0, granted < wanted, `${granted} of ${wanted} were granted, with a wait of ${waitMs} ms`);
    ok(total <= perSecond + ((now - T0) * perSecond) / 1_000 + 1e-6, `${total} were granted within ${now - T0} ms`);
    if (waitMs === 0) continue;
    const again = await states[who === 0 ? 1 : 0].reserve(key, 1, { perSecond }, now + waitMs);
    strictEqual(again.granted, 1, `nothing was granted after the wait of ${waitMs} ms`);
    total += 1;
    now += waitMs;
  }
}
