import { expect, it } from '@jest/globals';
import {
  BRAKE,
  deliveriesOf,
  direct,
  gathered,
  iso,
  many,
  POLICY,
  type StoreBench,
  T0,
  titles,
} from './store-bench.conformance.js';

/** What an operator, new rules, a storm and a backlog do to windows. */
export function itIsSteered(on: () => StoreBench): void {
  it('flushes what matches, and says the state of a window', async () => {
    const results = await on().accept([
      gathered('a'),
      gathered('b', { type: 'other' }),
      gathered('c', { to: 'bob@x' }),
      gathered('d', { channel: 'slack' }),
    ]);
    const [a, b] = results.map((result) => deliveriesOf(result)[0]!.messageId);
    const { store } = on();
    const flushed = async (filter: Parameters<typeof store.flush>[0]) =>
      (await store.flush(filter, 'flush', T0 + 7)).map(({ messageId, reason, openMs }) => [messageId, reason, openMs]);
    expect(await store.windowState(a!)).toBe('open');
    expect(await store.windowState('m-elsewhere-1')).toBe('unknown');
    expect(await flushed({ messageId: a! })).toEqual([[a, 'flush', 7]]);
    expect(await flushed({ messageId: a! })).toEqual([]);
    expect(await store.windowState(a!)).toBe('closed');
    expect(await flushed({ type: 'other', channel: 'slack' })).toEqual([]);
    expect(await flushed({ type: 'other' })).toEqual([[b, 'flush', 7]]);
    expect(await flushed({ address: 'bob@x' })).toHaveLength(1);
    expect(await flushed({ channel: 'slack' })).toHaveLength(1);
  });

  it('shows an open window as the message it would be', async () => {
    const [result] = await on().accept([gathered('low', { priority: 'low' }), gathered('high', { priority: 'high' })]);
    const { messageId } = deliveriesOf(result)[0]!;
    const preview = await on().store.preview(messageId);
    expect(preview).toMatchObject({ messageId, priority: 'high', attempt: 1, openedAt: T0 });
    expect(titles([preview!])).toEqual([['low', 'high']]);
    await on().store.flush({}, 'flush', T0);
    expect(await on().store.preview(messageId)).toBeUndefined();
    const [claimed] = await on().claim();
    expect({ ...claimed, queuedAt: 0 }).toEqual({ ...preview, queuedAt: 0 });
  });

  it('applies new rules to what is open, over a crash too', async () => {
    await on().accept([
      ...['a1', 'a2'].map((title) => gathered(title, { type: 'a' })),
      ...['b1', 'b2'].map((title) => gathered(title, { type: 'b' })),
      ...['c1', 'c2'].map((title) => gathered(title, { type: 'c' })),
      gathered('d1', { type: 'd' }),
    ]);
    const policies = { a: { ...POLICY, maxCount: 2 }, c: { ...POLICY, windowMs: 600_000 }, d: POLICY };
    const report = await on().store.replan((type) => {
      const policy = type in policies ? policies[type as keyof typeof policies] : undefined;
      return policy && { policy };
    }, T0 + 10);
    expect(report).toMatchObject({ changed: 1, unchanged: 1 });
    expect(report.closed.map(({ type, count, reason }) => [type, count, reason])).toEqual([
      ['a', 2, 'replan'],
      ['b', 2, 'replan'],
    ]);
    // Where nothing is gathered any more, each goes on its own.
    expect(titles(await on().claim(T0 + 10)).toSorted()).toEqual([['a1', 'a2'], ['b1'], ['b2']]);
    await on().reopen('crash', T0 + 11);
    expect((await on().store.windows({})).items.map(({ type, dueAt }) => [type, dueAt])).toEqual([
      ['c', iso(T0 + 600_000)],
      ['d', iso(T0 + 60_000)],
    ]);
  });

  it('collapses an old backlog to one digest an address; what is critical or was tried goes as it is', async () => {
    await on().accept([gathered('w1'), gathered('w2'), gathered('other', { type: 'b' }), direct('tried')]);
    await on().retry((await on().claim())[0]!, T0);
    await on().accept([direct('q1'), direct('critical', { priority: 'critical' }), direct('q2'), direct('bob', { to: 'bob@x' })]);
    const now = T0 + 86_400_000;
    await on().reopen('restart', now);
    expect(await on().store.clearBacklog('collapse', now - 60_000, now)).toEqual({ deliveries: 5, messages: 1 });
    await on().reopen('crash', now);
    expect(titles(await on().claim(now)).toSorted()).toEqual([['bob'], ['tried'], ['w1', 'w2', 'other', 'q1', 'q2']]);
    expect(titles(await on().claim(now, { lane: 'critical' }))).toEqual([['critical']]);
  });

  it('collapses what has one groupKey apart from what has another or none', async () => {
    const keyed = (title: string, groupKey?: string) => direct(title, groupKey === undefined ? {} : { groupKey });
    await on().accept([keyed('a'), keyed('k1', 'k'), keyed('b'), gathered('k2', { groupKey: 'k' }), keyed('alone', 'other')]);
    const now = T0 + 86_400_000;
    expect(await on().store.clearBacklog('collapse', now - 60_000, now)).toEqual({ deliveries: 4, messages: 2 });
    expect(titles(await on().claim(now)).toSorted()).toEqual([['a', 'b'], ['alone'], ['k1', 'k2']]);
  });

  it('expires an old backlog, and leaves what is not that old', async () => {
    const now = T0 + 86_400_000;
    const [old] = await on().ids([gathered('old 1'), gathered('old 2'), direct('old 3')]);
    await on().accept([gathered('new', { type: 'b' })], now);
    expect(await on().store.clearBacklog('expire', now - 60_000, now)).toEqual({ deliveries: 3, messages: 0 });
    expect(await on().store.find(old!)).toMatchObject({ state: 'expired', reason: 'expired' });
    expect(await on().claim(now)).toEqual([]);
    const { closed } = await on().store.advance(now + 60_000, 10);
    expect(closed.map(({ count, reason }) => [count, reason])).toEqual([
      [0, 'empty'],
      [1, 'time'],
    ]);
  });

  it('G8 closes the largest, the oldest of them first, until they held enough', async () => {
    const sizes = { ann: 1, bob: 3, cy: 2, di: 3, ed: 2 };
    for (const [name, size] of Object.entries(sizes)) {
      await on().accept(Array.from({ length: size }, (_, i) => gathered(String(i), { to: `${name}@x` })));
    }
    await on().accept([gathered('later', { to: 'fay@x', sendAt: T0 + 1_000 })]);
    const flushed = async (deliveries: number, limit: number) =>
      (await on().store.flushLargest(deliveries, limit, T0 + 5)).map(({ address, count, reason }) => [address, count, reason]);
    expect(await flushed(0, 9)).toEqual([]);
    expect(await flushed(4, 9)).toEqual([
      ['bob@x', 3, 'pressure'],
      ['di@x', 3, 'pressure'],
    ]);
    expect(await flushed(100, 1)).toEqual([['cy@x', 2, 'pressure']]);
    expect((await flushed(100, 9)).map(([address]) => address)).toEqual(['ed@x', 'ann@x']);
    expect(await flushed(100, 9)).toEqual([]);
  });

  it('brakes a storm: what is beyond the rate and what is still queued make one digest, and the next stretch starts anew', async () => {
    const give = async (names: readonly string[], now = T0) => {
      const results = await on().accept(
        names.map((title) => gathered(title, {}, BRAKE)),
        now,
      );
      return results.map((result) => deliveriesOf(result)[0]!.route);
    };
    expect(await give(['1', '2'])).toEqual(['batch', 'batch']);
    expect(titles(await on().claim())).toEqual([['1'], ['2']]);
    expect(await give(['3', '4', '5'])).toEqual(['batch', 'aggregate', 'aggregate']);
    // 3 was still queued: it is in the digest, and nothing else is left to claim.
    expect(await on().claim()).toEqual([]);
    expect(await on().store.readiness()).toEqual([]);
    await on().reopen('crash', T0);
    expect(await give(['6'])).toEqual(['aggregate']);
    const { closed } = await on().store.advance(T0 + 60_000, 10);
    expect(closed).toMatchObject([{ count: 4, brake: true, reason: 'time' }]);
    expect(titles(await on().claim(T0 + 60_000))).toContainEqual(['3', '4', '5', '6']);
    expect(await give(['7'], T0 + 60_001)).toEqual(['batch']);
  });

  it('a brake takes over an earlier stretch that is still queued, in the order of acceptance, also over a crash', async () => {
    const braked = (title: string) => gathered(title, {}, { ...BRAKE, leads: 1 });
    await on().accept([braked('1')]);
    const [held] = await on().claim();
    await on().accept([braked('2'), braked('3')]);
    await on().settle([held!], 'released');
    await on().store.advance(T0 + 60_000, 10);
    await on().accept([braked('4'), braked('5')], T0 + 60_001);
    await on().reopen('crash', T0 + 60_002);
    expect((await on().store.windows({})).items).toMatchObject([{ count: 5 }]);
    expect((await on().store.flush({}, 'flush', T0 + 60_003)).map(({ count }) => count)).toEqual([5]);
    expect(titles(await on().claim(T0 + 60_003))).toEqual([many(5, '')]);
  });

  it('a brake takes over only what it would gather: different groupKeys never share a digest', async () => {
    const braked = (title: string, over = {}) => gathered(title, over, { ...BRAKE, groupBy: 'type', leads: 1 });
    await on().accept([braked('of a group', { groupKey: 'g' }), braked('of a type', { type: 'b' })]);
    await on().accept([braked('1'), braked('2')]);
    expect((await on().store.windows({})).items.map(({ count }) => count)).toEqual([0, 0, 2]);
    expect(await on().store.cancelMatching({ groupKey: 'g' }, T0)).toEqual({ cancelled: 1, kept: 0 });
    await on().store.flush({}, 'flush', T0);
    expect(titles(await on().claim()).toSorted()).toEqual([['1', '2'], ['of a type']]);
  });

  it('a brake neither sends early nor holds back what has to do with a sendAt', async () => {
    const scheduled = gathered('scheduled', { sendAt: T0 + 90_000 }, BRAKE);
    await on().accept([scheduled]);
    // Where nothing is gathered any more, it waits in a message of its own.
    await on().store.replan(() => undefined, T0);
    await on().accept(many(5).map((title) => gathered(title, {}, BRAKE)));
    expect((await on().store.windows({})).items).toMatchObject([{ count: 5 }]);
    await on().accept([
      gathered('queued', { to: 'bob@x' }, BRAKE),
      gathered('later', { to: 'bob@x', sendAt: T0 + 90_000 }, BRAKE),
    ]);
    expect(titles(await on().claim())).toEqual([['queued']]);
    await on().store.advance(T0 + 60_000, 10);
    expect(titles(await on().claim(T0 + 60_000))).toContainEqual(many(5));
    await on().store.advance(T0 + 90_000, 10);
    expect(titles(await on().claim(T0 + 90_000))).toEqual(expect.arrayContaining([['scheduled'], ['later']]));
  });
}
