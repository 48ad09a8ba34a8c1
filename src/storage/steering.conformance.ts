import { expect, it } from '@jest/globals';
import {
  BURST,
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
import { type WindowFilter } from './notification-store.js';
import { ONE_SLICE } from './whole-commands.conformance.js';

/** What an operator, new rules, a burst and a backlog do to windows. */
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
    const flushed = async (filter: WindowFilter) =>
      (
        await on()
          .commands()
          .flush(filter, T0 + 7)
      ).map(({ messageId, reason, openMs }) => [messageId, reason, openMs]);
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
    await on().commands().flush({}, T0);
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
    const report = await on()
      .commands()
      .applyRules((type) => {
        const policy = type in policies ? policies[type as keyof typeof policies] : undefined;
        return policy && { policy };
      }, T0 + 10);
    expect(report).toMatchObject({ changed: 1, unchanged: 1 });
    expect(report.closed.map(({ type, count, reason }) => [type, count, reason])).toEqual([
      ['a', 2, 'rules_changed'],
      ['b', 2, 'rules_changed'],
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
    expect(
      await on()
        .commands(ONE_SLICE)
        .clearBacklog('collapse', now - 60_000, now),
    ).toMatchObject({ collapsed: 5, messages: 1, expired: 0 });
    await on().reopen('crash', now);
    expect(titles(await on().claim(now)).toSorted()).toEqual([['bob'], ['tried'], ['w1', 'w2', 'other', 'q1', 'q2']]);
    expect(titles(await on().claim(now, { lane: 'critical' }))).toEqual([['critical']]);
  });

  it('collapses what has one groupKey apart from what has another or none', async () => {
    const keyed = (title: string, groupKey?: string) => direct(title, groupKey === undefined ? {} : { groupKey });
    await on().accept([keyed('a'), keyed('k1', 'k'), keyed('b'), gathered('k2', { groupKey: 'k' }), keyed('alone', 'other')]);
    const now = T0 + 86_400_000;
    expect(
      await on()
        .commands(ONE_SLICE)
        .clearBacklog('collapse', now - 60_000, now),
    ).toMatchObject({ collapsed: 4, messages: 2, expired: 0 });
    expect(titles(await on().claim(now)).toSorted()).toEqual([['a', 'b'], ['alone'], ['k1', 'k2']]);
  });

  it('expires an old backlog, and leaves what is not that old', async () => {
    const now = T0 + 86_400_000;
    const [old] = await on().ids([gathered('old 1'), gathered('old 2'), direct('old 3')]);
    await on().accept([gathered('new', { type: 'b' })], now);
    expect(
      await on()
        .commands(ONE_SLICE)
        .clearBacklog('expire', now - 60_000, now),
    ).toMatchObject({ expired: 3, collapsed: 0, messages: 0 });
    expect(await on().store.find(old!)).toMatchObject({ state: 'expired', reason: 'expired' });
    expect(await on().claim(now)).toEqual([]);
    const { closed } = await on().store.advance(now + 60_000, 10);
    expect(closed.map(({ count, reason }) => [count, reason])).toEqual([[1, 'time']]);
  });

  it('G8 closes the largest, the oldest of them first, until they held enough', async () => {
    const sizes = { ann: 1, bob: 3, cy: 2, di: 3, ed: 2 };
    for (const [name, size] of Object.entries(sizes)) {
      await on().accept(Array.from({ length: size }, (_, i) => gathered(String(i), { to: `${name}@x` })));
    }
    await on().accept([gathered('later', { to: 'fay@x', sendAt: T0 + 1_000 })]);
    const flushed = async (deliveries: number, limit: number) =>
      (await on().store.flushLargest(deliveries, limit, T0 + 5)).closed.map(({ address, count, reason }) => [
        address,
        count,
        reason,
      ]);
    expect(await flushed(0, 9)).toEqual([]);
    expect(await flushed(4, 9)).toEqual([
      ['bob@x', 3, 'pressure'],
      ['di@x', 3, 'pressure'],
    ]);
    expect(await flushed(100, 1)).toEqual([['cy@x', 2, 'pressure']]);
    expect((await flushed(100, 9)).map(([address]) => address)).toEqual(['ed@x', 'ann@x']);
    expect(await flushed(100, 9)).toEqual([]);
  });

  it('gathers what is beyond a burst limit with what is still queued, and counts from zero after the burst', async () => {
    const give = async (names: readonly string[], now = T0) => {
      const results = await on().accept(
        names.map((title) => gathered(title, {}, BURST)),
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
    expect(closed).toMatchObject([{ count: 4, burst: true, reason: 'time' }]);
    expect(titles(await on().claim(T0 + 60_000))).toContainEqual(['3', '4', '5', '6']);
    expect(await give(['7'], T0 + 60_001)).toEqual(['batch']);
  });

  it('a burst digest takes over an earlier burst that is still queued, in the order of acceptance, also over a crash', async () => {
    const limited = (title: string) => gathered(title, {}, { ...BURST, leadingCount: 1 });
    await on().accept([limited('1')]);
    const [held] = await on().claim();
    await on().accept([limited('2'), limited('3')]);
    await on().settle([held!], 'released');
    await on().store.advance(T0 + 60_000, 10);
    await on().accept([limited('4'), limited('5')], T0 + 60_001);
    await on().reopen('crash', T0 + 60_002);
    expect((await on().store.windows({})).items).toMatchObject([{ count: 5 }]);
    expect(
      (
        await on()
          .commands()
          .flush({}, T0 + 60_003)
      ).map(({ count }) => count),
    ).toEqual([5]);
    expect(titles(await on().claim(T0 + 60_003))).toEqual([many(5, '')]);
  });

  it('a burst is counted by address, and gathered by address and groupKey', async () => {
    const limited = (title: string, over = {}) => gathered(title, over, { ...BURST, groupBy: 'type', leadingCount: 1 });
    const keyed = many(6).map((title, index) => limited(title, { groupKey: `g${index % 2}` }));
    await on().accept([...keyed, limited('of a type', { type: 'b' }), limited('other', { to: 'bob@x' })]);
    expect((await on().store.windows({})).items.map(({ items }) => items.map(({ title }) => title))).toEqual([
      ['n2', 'n4', 'n6'],
      ['n1', 'n3', 'n5'],
      ['of a type'],
    ]);
    expect(titles(await on().claim())).toEqual([['other']]);
    await on().reopen('crash', T0);
    await on().accept([limited('n7', { groupKey: 'g1' }), limited('n8', { groupKey: 'fresh' })], T0 + 10_000);
    const { items } = await on().store.windows({});
    expect(items.map(({ count, dueAt }) => [count, dueAt])).toEqual([4, 3, 1, 1].map((count) => [count, iso(T0 + 60_000)]));
  });

  it('a burst limit neither counts nor holds what has a sendAt', async () => {
    const later = { sendAt: T0 + 90_000 };
    const results = await on().accept(['x', 'y', 'z', 'w'].map((title) => gathered(title, later, BURST)));
    expect(results.map((result) => deliveriesOf(result)[0]!.route)).toEqual(many(4).map(() => 'batch'));
    expect((await on().store.windows({})).items).toEqual([]);
    await on().accept(many(3).map((title) => gathered(title, {}, BURST)));
    expect(titles(await on().claim())).toEqual([['n1'], ['n2'], ['n3']]);
    await on().accept([gathered('n4', {}, BURST), gathered('v', later, BURST)]);
    expect((await on().store.windows({})).items).toMatchObject([{ count: 1 }]);
    await on().store.advance(T0 + 60_000, 10);
    expect(titles(await on().claim(T0 + 60_000))).toContainEqual(['n4']);
    await on().store.advance(T0 + 90_000, 10);
    expect(titles(await on().claim(T0 + 90_000))).toEqual(expect.arrayContaining([['v'], ['w'], ['x'], ['y'], ['z']]));
  });
}
