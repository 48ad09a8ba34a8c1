import { direct, gathered, many, POLICY, type StoreBench, T0, titles } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** What is claimed when, by whom, and for how long. */
export function itClaims(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  it('claims no message twice, at most the limit, and tells what is ready', async () => {
    await on().accept([...many(7).map((title, index) => direct(title, { to: `${index}@x` })), gathered('d')]);
    await on()
      .commands()
      .flush({}, T0 + 3);
    const ready = { channel: 'email', critical: 0 };
    expect(await on().store.readiness()).toEqual([{ ...ready, ready: 1, batchable: 7, oldestBatchableAt: T0 }]);
    const first = await on().claim(T0 + 3, { limit: 5 });
    const second = await on().claim(T0 + 3, { limit: 5 });
    expect([first.length, second.length]).toEqual([5, 3]);
    expect(new Set([...first, ...second].map(({ messageId }) => messageId)).size).toBe(8);
    expect(await on().store.readiness()).toEqual([]);
    expect((await on().store.snapshot()).messages).toEqual({ queued: 0, sending: 8 });
    expect(await on().claim(T0 + 3, { channel: 'slack' })).toEqual([]);
  });

  it('says by when one that waits for more must go, over a crash too', async () => {
    const until = async () => (await on().store.readiness()).map(({ batchable, batchableUntil }) => [batchable, batchableUntil]);
    const [brief] = await on().ids([
      direct('brief', { expiresAt: T0 + 10_000 }),
      direct('a'),
      direct('b', { expiresAt: T0 + 600_000 }),
    ]);
    expect(await until()).toEqual([[3, T0 + 9_000]]);
    await on().reopen('crash', T0);
    expect(await until()).toEqual([[3, T0 + 9_000]]);
    await on().store.cancel(brief!, 'cancelled', T0);
    expect(await until()).toEqual([[2, T0 + 540_000]]);
    await on().settle(await on().claim(), 'released');
    expect(await until()).toEqual([[2, T0 + 540_000]]);
    await on().settle(await on().claim(), 'delivered');
    expect(await on().store.readiness()).toEqual([]);
  });

  it('reports since when the longest waiting message waits, whichever leaves', async () => {
    const [, later] = [
      await on().ids([direct('first', { priority: 'low' })], T0),
      await on().ids([direct('second', { priority: 'high' })], T0 + 10),
      await on().ids([direct('third')], T0 + 20),
    ];
    const since = async () => (await on().store.readiness())[0]?.oldestBatchableAt;
    expect(titles(await on().claim(T0 + 20, { limit: 1 }))).toEqual([['second']]);
    expect(later).toHaveLength(1);
    expect(await since()).toBe(T0);
    expect(titles(await on().claim(T0 + 20, { limit: 1 }))).toEqual([['third']]);
    expect(await since()).toBe(T0);
    await on().reopen('restart', T0 + 1_000);
    expect(await since()).toBe(T0);
  });

  it('G5 keeps critical ones on a separate lane', async () => {
    await on().accept([...many(50).map((title) => direct(title)), direct('fire', { priority: 'critical' })]);
    expect(titles(await on().claim(T0, { lane: 'critical' }))).toEqual([['fire']]);
    expect(await on().store.readiness()).toMatchObject([{ critical: 0, ready: 0, batchable: 50 }]);
    expect(await on().claim()).toHaveLength(50);
  });

  it('claims by priority', async () => {
    const priorities = ['low', 'normal', 'high', 'low', 'high', 'normal'] as const;
    await on().accept(priorities.map((priority, index) => direct(`${priority}${index}`, { priority, to: `${index}@x` })));
    const claimed = titles(await on().claim()).map(([title]) => title!.slice(0, -1));
    expect(claimed).toEqual(['high', 'high', 'normal', 'normal', 'low', 'low']);
  });

  it('a flood to one address does not stand in the way of others', async () => {
    await on().accept([...many(50).map((title) => direct(title)), direct('bob', { to: 'bob@x' })]);
    expect(titles(await on().claim(T0, { limit: 2 }))).toContainEqual(['bob']);
  });

  it('an old one of low priority goes before what comes much later', async () => {
    await on().accept([direct('old', { priority: 'low' })]);
    await on().accept(
      many(5).map((title, index) => direct(title, { to: `${index}@x` })),
      T0 + 600_001,
    );
    expect(titles(await on().claim(T0 + 600_001, { limit: 1 }))).toEqual([['old']]);
  });

  it('takes a message back when its lease ends, and ignores the late settlement', async () => {
    const [id] = await on().ids([direct('a')]);
    const [message] = await on().claim();
    expect(await on().store.nextDueAt()).toBe(T0 + 10_000);
    await on().store.advance(T0 + 9_999, 10);
    expect(await on().stateOf(id!)).toBe('sending');
    await on().store.advance(T0 + 10_000, 10);
    expect(await on().store.find(id!)).toMatchObject({ state: 'queued', attempts: 1, lastError: { reason: 'interrupted' } });
    expect(await on().settle([message!], 'delivered', T0 + 10_001)).toEqual({ stale: [message!.messageId] });
    expect(await on().claim(T0 + 10_002)).toMatchObject([{ messageId: message!.messageId, attempt: 2 }]);
  });

  it('takes messages back in the order in which their leases end, whatever lease one of them had before', async () => {
    await on().accept([direct('a'), direct('b')]);
    const [a, b] = await on().claim(T0, { leaseMs: 7_000 });
    await on().retry(a!, T0);
    await on().claim(T0 + 1_000, { leaseMs: 7_000 });
    await on().store.advance(T0 + 9_000, 100);
    expect((await on().claim(T0 + 9_000)).map(({ messageId }) => messageId)).toEqual([b!.messageId, a!.messageId]);
  });

  it('the lease of an earlier claim does not end a later one', async () => {
    await on().accept([direct('a')]);
    await on().retry((await on().claim())[0]!, T0 + 5_000);
    await on().store.advance(T0 + 5_000, 10);
    const [message] = await on().claim(T0 + 5_000);
    await on().store.advance(T0 + 10_000, 10);
    expect(await on().settle([message!], 'delivered', T0 + 10_001)).toEqual({ stale: [] });
  });

  for (const how of ['restart', 'crash'] as const) {
    it(`G1 loses nothing at a ${how}, and counts the attempt that was in flight`, async () => {
      const ids = await on().ids([direct('a'), gathered('b'), direct('c', { channel: 'slack' })]);
      const [message] = await on().claim();
      await on().reopen(how, T0 + 5);
      expect(await on().store.find(ids[0]!)).toMatchObject({
        state: 'queued',
        attempts: 1,
        lastError: { reason: 'interrupted' },
      });
      expect(await Promise.all(ids.slice(1).map((id) => on().stateOf(id)))).toEqual(['gathering', 'queued']);
      expect(await on().claim(T0 + 5)).toMatchObject([{ messageId: message!.messageId, attempt: 2 }]);
    });
  }

  it('what is critical sends ahead, on its own lane, what gathers in order for its address', async () => {
    const ordered = { ordered: true } as const;
    await on().accept([gathered('a', {}, ordered), gathered('b', {}, ordered), gathered('other', { type: 'b' })]);
    await on().accept([gathered('bob', { to: 'bob@x' }, ordered)]);
    await on().accept([{ ...direct('fire', { priority: 'critical' }), sendsAhead: true }], T0 + 1);
    expect(titles(await on().claim(T0 + 1, { lane: 'critical' }))).toEqual([['a', 'b'], ['fire']]);
    expect(await on().claim(T0 + 1)).toEqual([]);
    expect((await on().store.windows({})).items.map(({ items }) => items.map(({ title }) => title))).toEqual([
      ['other'],
      ['bob'],
    ]);
  });

  it('what gathers in order only since new rules say so is sent ahead too', async () => {
    await on().accept([gathered('a', { priority: 'low' })]);
    await on()
      .commands()
      .applyRules(() => ({ policy: { ...POLICY, ordered: true } }), T0);
    await on().accept([{ ...direct('fire', { priority: 'critical' }), sendsAhead: true }]);
    const claimed = await on().claim(T0, { lane: 'critical' });
    expect(titles(claimed)).toEqual([['a'], ['fire']]);
    expect(claimed.map(({ priority }) => priority)).toEqual(['low', 'critical']);
  });
}
