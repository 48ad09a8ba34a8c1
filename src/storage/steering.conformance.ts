import { deliveriesOf, direct, gathered, iso, POLICY, type StoreBench, T0, titles } from './store-bench.conformance.js';
import { type WindowFilter } from './notification-store.js';
import { ONE_SLICE } from './whole-commands.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** What an operator, new rules, a burst and a backlog do to windows. */
export function itIsSteered(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
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
    const window = { ...preview!.window, closedAt: claimed!.window?.closedAt, closedBy: 'flush' };
    expect({ ...claimed, queuedAt: 0 }).toEqual({ ...preview, queuedAt: 0, window });
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

  it('keeps to the limit of addresses that gather, over a restart too; the least recently active gives way', async () => {
    const give = async (to: string, over = {}) => {
      const { closed } = await on().report([{ ...gathered('n', { to, ...over }), maxAddresses: 2 }]);
      return closed.map(({ address, count, reason }) => [address, count, reason]);
    };
    expect(await give('ann@x')).toEqual([]);
    expect(await give('ann@x', { type: 'other' })).toEqual([]);
    expect(await give('bob@x')).toEqual([]);
    expect(await give('scheduled@x', { sendAt: T0 + 9_000 })).toEqual([]);
    expect(await on().store.gatheringAddresses('email')).toBe(2);
    await on().reopen('crash', T0);
    expect(await on().store.gatheringAddresses('email')).toBe(2);
    // Only one of two windows of an address closes: it still gathers.
    await on().commands().flush({ type: 'other' }, T0);
    expect(await on().store.gatheringAddresses('email')).toBe(2);
    expect(await give('ann@x')).toEqual([]);
    expect(await give('cy@x')).toEqual([['bob@x', 1, 'flush']]);
    await on().reopen('restart', T0);
    expect(await give('di@x')).toEqual([['ann@x', 2, 'flush']]);
    expect(await on().store.gatheringAddresses('email')).toBe(2);
    expect(await on().store.gatheringAddresses('slack')).toBe(0);
  });

  it('says how many had expired when they came', async () => {
    expect(await on().report([gathered('a', { expiresAt: T0 }), direct('b', { expiresAt: T0 - 1 }), direct('c')])).toMatchObject({
      expired: 2,
      pending: 1,
    });
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
}
