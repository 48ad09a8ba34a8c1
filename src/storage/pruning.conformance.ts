import { deliveriesOf, direct, gathered, many, type StoreBench, T0, titles } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** What is deleted when, and that it is deleted a little at a time. */
export function itPrunes(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  it('prunes finished work in bounded steps, keeps the sums, and gives no id twice', async () => {
    const ids = await on().ids([...many(10).map((title) => direct(title)), gathered('open')]);
    await on().settle(await on().claim(), 'delivered');
    let total = 0;
    for (let more = true; more;) {
      const report = await on().prune({ finishedBefore: T0 + 1, limit: 4 });
      expect(report.messages + report.deliveries).toBeLessThanOrEqual(4);
      total += report.deliveries;
      ({ more } = report);
    }
    expect(total).toBeGreaterThanOrEqual(9);
    expect(await on().store.find(ids[0]!)).toBeUndefined();
    expect(await on().stateOf(ids[10]!)).toBe('gathering');
    await on().reopen('crash', T0 + 2);
    const [next] = await on().ids([direct('next')], T0 + 2);
    expect(ids).not.toContain(next);
  });

  it('prunes what ended in a window whose entries went on their own', async () => {
    const policy = { minCount: 3 };
    const [taken] = await on().ids([gathered('taken', {}, policy), gathered('stays', {}, policy)]);
    await on().store.cancel(taken!, 'cancelled', T0);
    await on().commands().flush({}, T0);
    await on().settle(await on().claim(), 'delivered');
    await on().accept([gathered('later')], T0 + 1);
    await on().prune({ finishedBefore: T0 + 10 });
    expect(await on().store.find(taken!)).toBeUndefined();
  });

  it('prunes a digest of many in bounded steps, and its deliveries stay counted', async () => {
    await on().accept(many(50).map((title) => gathered(title, {}, { maxCount: 50 })));
    await on().settle(await on().claim(), 'dead');
    await on().accept([direct('later')], T0 + 1);
    const steps: number[] = [];
    for (let more = true; more;) {
      const report = await on().prune({ finishedBefore: T0 + 1, limit: 20 });
      steps.push(report.deliveries);
      ({ more } = report);
    }
    expect(steps).toEqual([20, 20, 10]);
    expect((await on().store.dead({})).items).toEqual([]);
    await on().reopen('crash', T0 + 2);
    expect((await on().store.snapshot()).counts).toContainEqual(expect.objectContaining({ state: 'dead', count: 50 }));
  });

  it('what is left of a digest that is being pruned can be replayed', async () => {
    await on().accept(many(5).map((title) => gathered(title)));
    await on().settle(await on().claim(), 'dead');
    await on().accept([direct('later', { to: 'bob@x' })], T0 + 1);
    await on().prune({ finishedBefore: T0 + 1, limit: 2 });
    expect(
      await on()
        .commands()
        .replay({ address: 'ann@example.com' }, T0 + 2),
    ).toBe(3);
    expect(titles(await on().claim(T0 + 2))).toContainEqual(['n1', 'n2', 'n3']);
  });

  it('forgets idempotency keys by their own limit', async () => {
    const keyed = (key: string) => direct(key, { idempotencyKey: key });
    await on().accept([keyed('a'), keyed('b')]);
    await on().accept([keyed('c')], T0 + 5);
    await on().prune({ finishedBefore: 0, keysBefore: T0 + 1 });
    const duplicates = async () =>
      (await on().accept([keyed('a'), keyed('b'), keyed('c')], T0 + 6)).map((result) => deliveriesOf(result)[0]?.duplicate);
    expect(await duplicates()).toEqual([false, false, true]);
    expect(await duplicates()).toEqual([true, true, true]);
    await on().reopen('crash', T0 + 7);
    expect(await duplicates()).toEqual([true, true, true]);
  });

  it('does not prune what is pending or ended since', async () => {
    const [done, waiting] = await on().ids([direct('done'), direct('waiting', { sendAt: T0 + 999 }), gathered('open')]);
    await on().settle(await on().claim(), 'delivered', T0 + 10);
    expect(await on().prune({ finishedBefore: T0 + 10 })).toMatchObject({ deliveries: 0, messages: 0, more: false });
    expect([await on().stateOf(done!), await on().stateOf(waiting!)]).toEqual(['delivered', 'queued']);
  });
}
