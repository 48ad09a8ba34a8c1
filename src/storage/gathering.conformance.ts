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

/** What windows promise; every mode of their policy is in `windows.conformance.ts`. */
export function itGathers(on: () => StoreBench): void {
  it('closes a window by count, and a late one opens the next', async () => {
    const results = await on().accept(many(12).map((title) => gathered(title)));
    expect(new Set(results.map((result) => deliveriesOf(result)[0]!.messageId)).size).toBe(3);
    expect(titles(await on().claim())).toEqual([many(5), ['n6', 'n7', 'n8', 'n9', 'n10']]);
    expect((await on().store.windows({})).items.map(({ count }) => count)).toEqual([2]);
  });

  it.each(['restart', 'crash'] as const)('G4 closes a window at its time, also when it fell due during a %s', async (how) => {
    await on().accept([gathered('a'), gathered('b', { priority: 'high' })]);
    expect(await on().store.nextDueAt()).toBe(T0 + 60_000);
    expect((await on().store.advance(T0 + 59_999, 10)).closed).toEqual([]);
    await on().reopen(how, T0 + 70_000);
    expect((await on().store.windows({})).items).toMatchObject([{ count: 2, priority: 'high', dueAt: iso(T0 + 60_000) }]);
    const { closed } = await on().store.advance(T0 + 70_000, 10);
    expect(closed).toMatchObject([{ count: 2, reason: 'time', openMs: 70_000, type: 'alert', brake: false }]);
    expect(titles(await on().claim(T0 + 70_000))).toEqual([['a', 'b']]);
  });

  it('G4 a late entry finds a window that is due closed, however late the loop is', async () => {
    await on().accept([gathered('a')]);
    const { closed } = await on().report([gathered('b')], T0 + 60_000);
    expect(closed).toMatchObject([{ count: 1, reason: 'time' }]);
    expect((await on().store.windows({})).items).toMatchObject([{ count: 1, openedAt: iso(T0 + 60_000) }]);
  });

  it('keeps a sliding window’s quiet time over a crash', async () => {
    const policy = { mode: 'sliding', maxCount: 50 } as const;
    for (const at of [0, 40_000, 80_000]) await on().accept([gathered(`${at}`, {}, policy)], T0 + at);
    await on().reopen('crash', T0 + 90_000);
    expect((await on().store.windows({})).items).toMatchObject([{ count: 3, dueAt: iso(T0 + 140_000) }]);
    await on().store.advance(T0 + 139_999, 10);
    expect(await on().claim(T0 + 139_999)).toEqual([]);
    await on().store.advance(T0 + 140_000, 10);
    expect(await on().claim(T0 + 140_000)).toHaveLength(1);
  });

  it('an open window keeps the policy it was opened with', async () => {
    await on().accept([gathered('a')]);
    await on().accept([gathered('b', {}, { maxCount: 2, windowMs: 5 })]);
    expect((await on().store.windows({})).items).toMatchObject([{ count: 2, maxCount: 5, dueAt: iso(T0 + 60_000) }]);
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

  it('replaces the older one with its dedupeKey within the window, also over a crash', async () => {
    const [older] = await on().ids([gathered('old', { dedupeKey: 's3' }), gathered('x')]);
    await on().reopen('crash', T0 + 1);
    await on().accept([gathered('new', { dedupeKey: 's3' })], T0 + 1);
    expect(await on().store.find(older!)).toMatchObject({ state: 'replaced', reason: 'replaced' });
    await on().store.flush({}, 'flush', T0 + 2);
    expect(titles(await on().claim(T0 + 2))).toEqual([['x', 'new']]);
    const [fresh] = await on().ids([gathered('next window', { dedupeKey: 's3' })], T0 + 3);
    expect(await on().stateOf(fresh!)).toBe('gathering');
  });

  it('a replaced, cancelled or expired urgent one leaves its window as urgent as the rest', async () => {
    const [urgent] = await on().ids([
      gathered('urgent', { priority: 'high' }),
      gathered('brief', { priority: 'high', expiresAt: T0 + 5 }),
      gathered('old', { priority: 'high', dedupeKey: 'k' }),
      gathered('new', { priority: 'low', dedupeKey: 'k' }),
    ]);
    await on().store.cancel(urgent!, 'cancelled', T0);
    await on().store.advance(T0 + 5, 10);
    expect((await on().store.windows({})).items).toMatchObject([{ count: 1, priority: 'low' }]);
    await on().store.flush({}, 'flush', T0 + 5);
    expect(await on().claim(T0 + 5)).toMatchObject([{ priority: 'low' }]);
  });

  it('sends the leading one at once and gathers what follows; alone it is followed by nothing', async () => {
    const policy = { leads: 1, maxCount: 20 };
    await on().accept(many(10).map((title) => gathered(title, {}, policy)));
    expect(titles(await on().claim())).toEqual([['n1']]);
    expect((await on().store.windows({})).items.map(({ count }) => count)).toEqual([9]);
    await on().accept([gathered('alone', { groupKey: 'g' }, policy)]);
    await on().reopen('crash', T0 + 1);
    const { closed } = await on().store.advance(T0 + 60_000, 10);
    expect(closed.map(({ count, reason }) => [count, reason])).toEqual([
      [9, 'time'],
      [0, 'empty'],
    ]);
  });

  it('sends each on its own when fewer than minCount gathered', async () => {
    const ids = await on().ids([gathered('a', {}, { minCount: 3 })]);
    ids.push(...(await on().ids([gathered('b', {}, { minCount: 3 })], T0 + 10)));
    await on().store.advance(T0 + 60_000, 10);
    await on().reopen('crash', T0 + 60_000);
    const messages = await on().claim(T0 + 60_000);
    expect(titles(messages)).toEqual([['a'], ['b']]);
    expect(messages.map(({ openedAt, queuedAt }) => [openedAt, queuedAt])).toEqual([
      [T0, T0 + 60_000],
      [T0 + 10, T0 + 60_000],
    ]);
    expect(await on().store.find(ids[0]!)).toMatchObject({
      state: 'sending',
      route: 'aggregate',
      messageId: messages[0]!.messageId,
    });
  });

  it('closes an emptied window at its time, and sends nothing', async () => {
    const [only] = await on().ids([gathered('only')]);
    await on().store.cancel(only!, 'cancelled', T0 + 1);
    expect((await on().store.windows({})).items).toMatchObject([{ count: 0, dueAt: iso(T0 + 60_000) }]);
    expect((await on().store.advance(T0 + 60_000, 10)).closed).toMatchObject([{ count: 0, reason: 'empty' }]);
    expect(await on().claim(T0 + 60_000)).toEqual([]);
  });

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
    await on().store.settle([{ messageId: held!.messageId, outcome: 'released' }], T0);
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

  it('applies new rules to what is open, over a crash too', async () => {
    await on().accept([
      ...['a1', 'a2'].map((title) => gathered(title, { type: 'a' })),
      ...['b1', 'b2'].map((title) => gathered(title, { type: 'b' })),
      ...['c1', 'c2'].map((title) => gathered(title, { type: 'c' })),
      gathered('d1', { type: 'd' }),
    ]);
    const policies = { a: { ...POLICY, maxCount: 2 }, c: { ...POLICY, windowMs: 600_000 }, d: POLICY };
    const report = await on().store.replan((type) => policies[type as keyof typeof policies], T0 + 10);
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

  it('gathers what is alike, numbers apart, over a restart too; what is not opens a window of its own', async () => {
    const like = { similarity: 0.7 } as const;
    await on().accept(
      ['build 1 failed', 'build 2 failed', 'Ann just joined the platform team'].map((title) => gathered(title, {}, like)),
    );
    await on().reopen('crash', T0 + 1);
    await on().accept([gathered('build 3 failed', {}, like), gathered('Bob just joined the platform team', {}, like)], T0 + 1);
    await on().accept([gathered('build 4 failed', { to: 'bob@x' }, like)], T0 + 1);
    const items = (await on().store.windows({})).items.map((window) => window.items.map(({ title }) => title));
    expect(items).toEqual([
      ['build 1 failed', 'build 2 failed', 'build 3 failed'],
      ['Ann just joined the platform team', 'Bob just joined the platform team'],
      ['build 4 failed'],
    ]);
    await on().store.flush({ address: 'ann@example.com' }, 'flush', T0 + 2);
    await on().accept([gathered('build 5 failed', {}, like)], T0 + 2);
    expect((await on().store.windows({ address: 'ann@example.com' })).items.map(({ count }) => count)).toEqual([1]);
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
}
