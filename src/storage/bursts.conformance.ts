import { BURST, deliveriesOf, gathered, iso, many, type StoreBench, T0, titles } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** What a burst limit promises. */
export function itLimitsBursts(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
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
