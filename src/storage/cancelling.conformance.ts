import { ConflictError, NotFoundError } from '../model/errors.js';
import { direct, gathered, iso, many, type StoreBench, T0, titles } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** What can be cancelled, and what of an address is visible. */
export function itCancels(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  it('cancels what is not yet sent, and refuses the rest', async () => {
    const [a, b, c, d] = await on().ids([gathered('a'), gathered('b'), direct('c'), direct('d', { sendAt: T0 + 9 })]);
    expect(await on().store.cancel(a!, 'cancelled', T0 + 1)).toMatchObject({ state: 'cancelled', reason: 'cancelled' });
    expect(await on().store.cancel(c!, 'read', T0 + 1)).toMatchObject({ state: 'cancelled', reason: 'read' });
    expect(await on().store.cancel(d!, 'cancelled', T0 + 1)).toMatchObject({ state: 'cancelled', updatedAt: iso(T0 + 1) });
    await on().reopen('crash', T0 + 1);
    expect(await on().store.find(c!)).toMatchObject({ state: 'cancelled', reason: 'read' });
    await expect(on().store.cancel(a!, 'cancelled', T0)).rejects.toThrow(ConflictError);
    await expect(on().store.cancel('d-nothing-1', 'cancelled', T0)).rejects.toThrow(NotFoundError);
    await on()
      .commands()
      .flush({}, T0 + 2);
    expect(await on().store.readiness()).toMatchObject([{ ready: 1, batchable: 0 }]);
    expect(titles(await on().claim(T0 + 2))).toEqual([['b']]);
    await expect(on().store.cancel(b!, 'cancelled', T0 + 2)).rejects.toThrow(ConflictError);
    await on().store.advance(T0 + 9, 10);
    expect(await on().claim(T0 + 9)).toEqual([]);
  });

  it('a digest that was attempted is frozen; before, one of its entries can be cancelled', async () => {
    const ids = await on().ids(many(5).map((title) => gathered(title)));
    await on().store.cancel(ids[1]!, 'cancelled', T0);
    const [message] = await on().claim();
    expect(titles([message!])).toEqual([['n1', 'n3', 'n4', 'n5']]);
    await on().retry(message!, T0);
    await expect(on().store.cancel(ids[0]!, 'cancelled', T0)).rejects.toThrow('every attempt sends the same content');
    expect(await on().claim()).toHaveLength(1);
  });

  it('cancels all of a key that was not sent yet', async () => {
    const [keyed] = await on().ids([gathered('i1', { idempotencyKey: 'order-91', type: 'order' })]);
    await on().accept([
      ...['g1', 'g2'].map((title) => gathered(title, { groupKey: 'project-7' })),
      direct('g3', { groupKey: 'project-7', sendAt: T0 + 9 }),
      direct('g4', { groupKey: 'project-7', channel: 'slack' }),
      gathered('d1', { dedupeKey: 'server-3' }),
      gathered('other'),
    ]);
    await on().claim(T0, { channel: 'slack' });
    expect(await on().commands().cancelMatching({ groupKey: 'project-7' }, T0)).toEqual({ cancelled: 3, kept: 1 });
    expect(await on().commands().cancelMatching({ dedupeKey: 'server-3', channel: 'slack' }, T0)).toEqual({
      cancelled: 0,
      kept: 0,
    });
    expect(await on().commands().cancelMatching({ dedupeKey: 'server-3', address: 'bob@x' }, T0)).toEqual({
      cancelled: 0,
      kept: 0,
    });
    expect(await on().commands().cancelMatching({ dedupeKey: 'server-3', type: 'alert' }, T0)).toEqual({ cancelled: 1, kept: 0 });
    expect(await on().commands().cancelMatching({ idempotencyKey: 'order-91' }, T0)).toEqual({ cancelled: 1, kept: 0 });
    expect(await on().commands().cancelMatching({ idempotencyKey: 'order-91' }, T0)).toEqual({ cancelled: 0, kept: 1 });
    expect(await on().commands().cancelMatching({ idempotencyKey: 'unknown' }, T0)).toEqual({ cancelled: 0, kept: 0 });
    expect(await on().stateOf(keyed!)).toBe('cancelled');
    await on().commands().flush({}, T0);
    expect(titles(await on().claim(T0))).toEqual([['other']]);
  });

  it('G2 calls made at one time see each other: what is claimed cannot be cancelled', async () => {
    const [id] = await on().ids([direct('a')]);
    const { store } = on();
    const [claimed, cancelled, twice] = await Promise.allSettled([
      on().claim(),
      store.cancel(id!, 'cancelled', T0),
      on().claim(),
    ]);
    expect(claimed).toMatchObject({ value: [{ attempt: 1 }] });
    expect(cancelled).toMatchObject({ status: 'rejected', reason: expect.any(ConflictError) });
    expect(twice).toMatchObject({ value: [] });
  });

  it('finds the deliveries of an address, whatever became of them, newest first', async () => {
    const [a, b] = await on().ids([gathered('a'), gathered('b')]);
    const [c] = await on().ids([direct('c')], T0 + 1);
    await on().ids([direct('d', { to: 'bob@x' })], T0 + 1);
    await on().store.cancel(a!, 'cancelled', T0 + 2);
    const address = 'ann@example.com';
    const first = await on().store.deliveries({ address, limit: 2 });
    expect(first.items.map(({ id, state }) => [id, state])).toEqual([
      [c, 'queued'],
      [b, 'gathering'],
    ]);
    const second = await on().store.deliveries({ address, limit: 2, cursor: first.next! });
    expect(second.items.map(({ id, state }) => [id, state])).toEqual([[a, 'cancelled']]);
    expect(second.next).toBeUndefined();
    expect((await on().store.deliveries({ address, channel: 'slack' })).items).toEqual([]);
    await expect(on().store.deliveries({ address, cursor: 'nonsense' })).rejects.toThrow();
  });
}
