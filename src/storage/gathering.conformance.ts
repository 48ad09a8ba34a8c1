import { deliveriesOf, direct, gathered, iso, many, POLICY, type StoreBench, T0, titles } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** What windows promise; every mode of their policy is in `windows.conformance.ts`. */
export function itGathers(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  it('closes a window by count, and a late one opens the next', async () => {
    const results = await on().accept(many(12).map((title) => gathered(title)));
    expect(new Set(results.map((result) => deliveriesOf(result)[0]!.messageId)).size).toBe(3);
    expect(titles(await on().claim())).toEqual([many(5), ['n6', 'n7', 'n8', 'n9', 'n10']]);
    expect((await on().store.windows({})).items.map(({ count }) => count)).toEqual([2]);
  });

  for (const how of ['restart', 'crash'] as const) {
    it(`G4 closes a window at its time, also when it fell due during a ${how}`, async () => {
      await on().accept([gathered('a'), gathered('b', { priority: 'high' })]);
      expect(await on().store.nextDueAt()).toBe(T0 + 60_000);
      expect((await on().store.advance(T0 + 59_999, 10)).closed).toEqual([]);
      await on().reopen(how, T0 + 70_000);
      expect((await on().store.windows({})).items).toMatchObject([{ count: 2, priority: 'high', dueAt: iso(T0 + 60_000) }]);
      const { closed } = await on().store.advance(T0 + 70_000, 10);
      expect(closed).toMatchObject([{ count: 2, reason: 'time', openMs: 70_000, type: 'alert', burst: false }]);
      expect(titles(await on().claim(T0 + 70_000))).toEqual([['a', 'b']]);
    });
  }

  it('tells with a message when its window opened, was due and closed, and why, over a crash too', async () => {
    await on().accept([gathered('a')]);
    const [open] = (await on().store.windows({})).items;
    const window = { openedAt: T0, dueAt: T0 + POLICY.windowMs };
    expect((await on().store.preview(open!.messageId))?.window).toEqual(window);
    expect((await on().store.message(open!.messageId))?.message.window).toEqual(window);
    await on()
      .commands()
      .flush({}, T0 + 7);
    await on().reopen('crash', T0 + 8);
    await on().accept(
      many(5).map((title) => gathered(title, {}, { mode: 'sliding' })),
      T0 + 9,
    );
    await on().accept([direct('c')], T0 + 10);
    const claimed = await on().claim(T0 + 10);
    expect(Object.fromEntries(claimed.map((message) => [titles([message])[0]![0], message.window]))).toEqual({
      a: { ...window, closedAt: T0 + 7, closedBy: 'flush' },
      n1: { openedAt: T0 + 9, dueAt: T0 + 9 + POLICY.windowMs, closedAt: T0 + 9, closedBy: 'count' },
      c: undefined,
    });
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

  it('replaces the older one with its dedupeKey within the window, also over a crash', async () => {
    const [older] = await on().ids([gathered('old', { dedupeKey: 's3' }), gathered('x')]);
    await on().reopen('crash', T0 + 1);
    await on().accept([gathered('new', { dedupeKey: 's3' })], T0 + 1);
    expect(await on().store.find(older!)).toMatchObject({ state: 'replaced', reason: 'replaced' });
    await on()
      .commands()
      .flush({}, T0 + 2);
    expect(titles(await on().claim(T0 + 2))).toEqual([['x', 'new']]);
    const [fresh] = await on().ids([gathered('next window', { dedupeKey: 's3' })], T0 + 3);
    expect(await on().stateOf(fresh!)).toBe('gathering');
  });

  it('a replaced or cancelled urgent one leaves its window as urgent as the rest', async () => {
    const [urgent] = await on().ids([
      gathered('urgent', { priority: 'high' }),
      gathered('old', { priority: 'high', dedupeKey: 'k' }),
      gathered('new', { priority: 'low', dedupeKey: 'k' }),
    ]);
    await on().store.cancel(urgent!, 'cancelled', T0);
    expect((await on().store.windows({})).items).toMatchObject([{ count: 1, priority: 'low' }]);
    await on()
      .commands()
      .flush({}, T0 + 5);
    expect(await on().claim(T0 + 5)).toMatchObject([{ priority: 'low' }]);
  });

  it('sends the leading one at once and gathers what follows; alone it is followed by nothing', async () => {
    const policy = { leadingCount: 1, maxCount: 20 };
    await on().accept(many(10).map((title) => gathered(title, {}, policy)));
    expect(titles(await on().claim())).toEqual([['n1']]);
    expect((await on().store.windows({})).items.map(({ count }) => count)).toEqual([9]);
    await on().accept([gathered('alone', { groupKey: 'g' }, policy)]);
    await on().reopen('crash', T0 + 1);
    expect((await on().store.windows({})).items.map(({ count }) => count)).toEqual([9]);
    expect(await on().store.snapshot()).toMatchObject({ windows: { open: 1, items: 9 } });
    const { closed } = await on().store.advance(T0 + 60_000, 10);
    expect(closed.map(({ count, reason }) => [count, reason])).toEqual([[9, 'time']]);
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

  it('leads once in windowMs, however often the count closes the window within it, over a crash too', async () => {
    const policy = { leadingCount: 1, maxCount: 2 };
    const give = async (names: readonly string[], at: number) => {
      await on().accept(
        names.map((title) => gathered(title, {}, policy)),
        at,
      );
      const messages = await on().claim(at);
      await on().settle(messages, 'delivered', at);
      return titles(messages);
    };
    expect(await give(many(6), T0)).toEqual([['n1'], ['n2', 'n3'], ['n4', 'n5']]);
    expect((await on().store.windows({})).items).toMatchObject([{ count: 1, dueAt: iso(T0 + 60_000) }]);
    await on().reopen('crash', T0 + 1);
    expect(await give(['n7', 'n8'], T0 + 2)).toEqual([['n6', 'n7']]);
    await on()
      .commands()
      .flush({}, T0 + 3);
    expect(await give(['n9', 'n10'], T0 + 59_999)).toEqual([['n8'], ['n9', 'n10']]);
    expect(await give(['n11'], T0 + 60_000)).toEqual([['n11']]);
  });

  it('does not show a window that nothing is left in; the next entry opens another', async () => {
    const [only] = await on().ids([gathered('only')]);
    await on().store.cancel(only!, 'cancelled', T0 + 1);
    expect((await on().store.windows({})).items).toEqual([]);
    await on().accept([gathered('next', { expiresAt: T0 + 200_000 })], T0 + 10);
    expect((await on().store.windows({})).items).toMatchObject([{ count: 1, dueAt: iso(T0 + 60_010) }]);
    expect((await on().store.advance(T0 + 60_000, 10)).closed).toEqual([]);
    expect((await on().store.advance(T0 + 60_010, 10)).closed).toMatchObject([{ count: 1, reason: 'time' }]);
    expect(await on().store.advance(T0 + 200_000, 10)).toMatchObject({ closed: [], expired: 1 });
  });

  it('closes earlier for an entry that would expire before, over a crash too', async () => {
    await on().accept([gathered('a'), gathered('stays', { to: 'bob@x', expiresAt: T0 + 60_001 })]);
    await on().accept([gathered('brief', { expiresAt: T0 + 30_000 })], T0 + 10_000);
    await on().reopen('crash', T0 + 10_001);
    const dueAts = async () => (await on().store.windows({})).items.map(({ dueAt }) => dueAt);
    expect(await dueAts()).toEqual([iso(T0 + 28_000), iso(T0 + 60_000)]);
    await on().store.advance(T0 + 27_999, 10);
    expect(await on().claim(T0 + 27_999)).toEqual([]);
    await on().store.advance(T0 + 28_000, 10);
    expect(titles(await on().claim(T0 + 28_000))).toEqual([['a', 'brief']]);
  });

  it('closes a sliding window earlier once it would slide past what expires in it', async () => {
    const sliding = { mode: 'sliding', maxCount: 50 } as const;
    await on().accept([gathered('brief', { expiresAt: T0 + 70_000 }, sliding)]);
    expect((await on().store.windows({})).items).toMatchObject([{ dueAt: iso(T0 + 60_000) }]);
    await on().accept([gathered('b', {}, sliding)], T0 + 20_000);
    expect((await on().store.windows({})).items).toMatchObject([{ dueAt: iso(T0 + 63_000) }]);
    await on().store.advance(T0 + 63_000, 10);
    expect(titles(await on().claim(T0 + 63_000))).toEqual([['brief', 'b']]);
  });

  it('keeps what had expired when it came as expired, and opens nothing for it', async () => {
    const ids = await on().ids([
      gathered('late', { expiresAt: T0 }),
      direct('late', { expiresAt: T0 - 1 }),
      gathered('late', { expiresAt: T0 - 1 }, { leadingCount: 1 }),
    ]);
    await on().reopen('crash', T0);
    for (const id of ids) {
      expect(await on().store.find(id)).toMatchObject({ state: 'expired', reason: 'expired', updatedAt: iso(T0) });
    }
    expect(await on().store.snapshot()).toMatchObject({ pending: 0, windows: { open: 0 }, messages: { queued: 0 } });
    expect(await on().store.nextDueAt()).toBeUndefined();
  });

  it('replaces what has its dedupeKey whatever the similarity, over a crash too', async () => {
    const like = { similarity: 0.7 } as const;
    const [down] = await on().ids([gathered('Server 3 is down', { dedupeKey: 's3' }, like), gathered('lunch at noon', {}, like)]);
    await on().reopen('crash', T0 + 1);
    await on().accept([gathered('Recovered: all checks pass again', { dedupeKey: 's3' }, like)], T0 + 1);
    expect(await on().stateOf(down!)).toBe('replaced');
    const items = (await on().store.windows({})).items.map((window) => window.items.map(({ title }) => title));
    expect(items).toEqual([['Recovered: all checks pass again'], ['lunch at noon']]);
  });

  it('gathers what is alike, numbers apart, over a restart too; what is not opens its own window', async () => {
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
    await on()
      .commands()
      .flush({ address: 'ann@example.com' }, T0 + 2);
    await on().accept([gathered('build 5 failed', {}, like)], T0 + 2);
    expect((await on().store.windows({ address: 'ann@example.com' })).items.map(({ count }) => count)).toEqual([1]);
  });
}
