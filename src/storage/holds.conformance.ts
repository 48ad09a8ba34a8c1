import { direct, many, type StoreBench, T0, titles } from './store-bench.conformance.js';
import { type ClaimHolds } from './notification-store.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** Addresses are held by what stands before their number. */
function held(until: Readonly<Record<string, number>>, most = Infinity): ClaimHolds {
  return {
    keyOf: (address) => address.replace(/\d.*$/, ''),
    heldUntil: (key, taken) => until[key] ?? (taken >= most ? Infinity : undefined),
  };
}

const to = (name: string, count: number) => many(count).map((_, i) => direct(`${name}${i}`, { to: `${name}${i}@x` }));

/** What may not go is left alone: it stays ready, in its order, and nothing of it is written. */
export function itHolds(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  it('claims past what is held, in the order in which it became ready', async () => {
    await on().accept([...to('slow', 20), ...to('good', 3)]);
    const holds = held({ slow: Infinity });
    expect(titles(await on().claim(T0, { limit: 2, holds }))).toEqual([['good0'], ['good1']]);
    expect(titles(await on().claim(T0, { holds }))).toEqual([['good2']]);
    expect(await on().claim(T0, { holds })).toEqual([]);
    expect((await on().store.readiness())[0]).toMatchObject({ batchable: 20 });
    expect(titles(await on().claim(T0, { limit: 3, holds: held({}) }))).toEqual([['slow0'], ['slow1'], ['slow2']]);
    expect(titles(await on().claim(T0))).toHaveLength(17);
  });

  it('takes as many of a key as may go, and what comes later behind those that wait', async () => {
    await on().accept(to('slow', 5));
    const holds = held({}, 2);
    expect(titles(await on().claim(T0, { holds }))).toEqual([['slow0'], ['slow1']]);
    await on().accept([direct('slow9', { to: 'slow9@x' }), direct('urgent', { to: 'slow8@x', priority: 'high' })]);
    expect(titles(await on().claim(T0, { holds }))).toEqual([['urgent'], ['slow2']]);
    expect(titles(await on().claim(T0, { holds }))).toEqual([['slow3'], ['slow4']]);
    expect(titles(await on().claim(T0, { holds }))).toEqual([['slow9']]);
  });

  it('says when what is held may go, and then claims it', async () => {
    await on().accept([...to('slow', 2), ...to('later', 2)]);
    const until = { slow: T0 + 5_000, later: T0 + 9_000 };
    const request = { channel: 'email', lane: 'normal', limit: 10, leaseMs: 10_000 } as const;
    expect(await on().store.claim({ ...request, now: T0, holds: held(until) })).toMatchObject({
      messages: [],
      heldUntil: T0 + 5_000,
    });
    expect(titles(await on().claim(T0 + 5_000, { holds: held({ later: T0 + 9_000 }) }))).toEqual([['slow0'], ['slow1']]);
    expect(titles(await on().claim(T0 + 9_000, { holds: held({}) }))).toEqual([['later0'], ['later1']]);
  });

  it('holds on each lane apart, and forgets what is held at a restart', async () => {
    await on().accept([...to('slow', 3), direct('fire', { to: 'slow7@x', priority: 'critical' })]);
    expect(await on().claim(T0, { holds: held({ slow: T0 + 60_000 }) })).toEqual([]);
    expect(titles(await on().claim(T0, { lane: 'critical', holds: held({}) }))).toEqual([['fire']]);
    await on().reopen('restart', T0 + 1_000);
    expect(await on().claim(T0 + 1_000, { holds: held({}) })).toHaveLength(3);
  });

  it('passes over what was cancelled, or expired, while it was held', async () => {
    const [first, second] = await on().ids([...to('slow', 3), direct('old', { to: 'slow8@x', expiresAt: T0 + 10 })]);
    expect(await on().claim(T0, { holds: held({ slow: Infinity }) })).toEqual([]);
    await on().store.cancel(second!, 'cancelled', T0);
    expect(titles(await on().claim(T0 + 20, { holds: held({}) }))).toEqual([['slow0'], ['slow2']]);
    expect(await on().stateOf(first!)).toBe('sending');
  });
}
