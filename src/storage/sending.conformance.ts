import { deliveriesOf, direct, FAILURE, gathered, iso, many, type StoreBench, T0 } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** How messages end, and how dead ones come back. */
export function itSends(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  it('delivers', async () => {
    const [id] = await on().ids([direct('a')]);
    const [message] = await on().claim(T0 + 10);
    expect(await on().stateOf(id!)).toBe('sending');
    expect(await on().settle([message!], 'delivered', T0 + 25)).toEqual({ stale: [] });
    expect(await on().store.find(id!)).toMatchObject({ state: 'delivered', attempts: 1, deliveredAt: iso(T0 + 25) });
    expect(await on().settle([message!], 'dead', T0 + 26)).toEqual({ stale: [message!.messageId] });
    expect(await on().stateOf(id!)).toBe('delivered');
  });

  it('delivers what was refused in part, and notes that behind the errors of its attempts, over a crash too', async () => {
    const [id] = await on().ids([direct('a')]);
    const [first] = await on().claim();
    await on().retry(first!, T0 + 1);
    await on().store.advance(T0 + 1, 10);
    const [again] = await on().claim(T0 + 1);
    const errors = ['bob', 'eve'].map(
      (name) => ({ reason: 'address_rejected', message: `the copy to ${name} was refused` }) as const,
    );
    await on().outcomes([{ messageId: again!.messageId, outcome: 'delivered', errors }], T0 + 2);
    await on().reopen('crash', T0 + 3);
    expect(await on().store.find(id!)).toMatchObject({
      state: 'delivered',
      attempts: 2,
      errors: [{ ...FAILURE, at: iso(T0) }, ...errors.map((error) => ({ ...error, at: iso(T0 + 2) }))],
    });
    expect((await on().store.dead({})).items).toEqual([]);
  });

  it('retries not before the time, with the same entries and what the transport kept, also over a crash', async () => {
    await on().accept(many(5).map((title) => gathered(title)));
    const [first] = await on().claim();
    const retry = {
      messageId: first!.messageId,
      outcome: 'retry',
      failure: FAILURE,
      retryAt: T0 + 1_000,
      progress: { page: 1 },
    } as const;
    await on().outcomes([retry], T0 + 1);
    await on().reopen('crash', T0 + 2);
    expect(await on().store.nextDueAt()).toBe(T0 + 1_000);
    await on().store.advance(T0 + 999, 10);
    expect(await on().claim(T0 + 999)).toEqual([]);
    await on().store.advance(T0 + 1_000, 10);
    expect(await on().claim(T0 + 1_000)).toEqual([{ ...first!, attempt: 2, progress: { page: 1 } }]);
    const { deliveryId } = first!.entries[0]!;
    expect((await on().store.find(deliveryId))!.lastError).toEqual({ ...FAILURE, at: iso(T0 + 1) });
  });

  it('a first attempt that was given back does not count', async () => {
    await on().accept([direct('a')]);
    const [message] = await on().claim();
    await on().outcomes([{ messageId: message!.messageId, outcome: 'released', retryAt: T0 + 50 }]);
    expect(await on().claim(T0 + 49)).toEqual([]);
    await on().store.advance(T0 + 50, 10);
    expect(await on().claim(T0 + 50)).toMatchObject([{ messageId: message!.messageId, attempt: 1 }]);
  });

  it('gives up, lists, and replays whole messages under the same ids and without attempts', async () => {
    const ids = await on().ids([...many(5).map((title) => gathered(title)), direct('single')]);
    const messages = await on().claim();
    await on().settle(messages, 'dead', T0 + 1);
    expect(await on().store.find(ids[0]!)).toMatchObject({ state: 'dead', reason: FAILURE.reason, lastError: FAILURE });
    expect((await on().store.dead({ reason: FAILURE.reason })).items).toHaveLength(6);
    expect(
      await on()
        .commands()
        .replay({ ids: [ids[0]!] }, T0 + 2_000),
    ).toBe(5);
    const [again] = await on().claim(T0 + 2_000);
    expect(again).toMatchObject({ messageId: messages.find(({ entries }) => entries.length === 5)!.messageId, attempt: 1 });
    expect((await on().store.dead({})).items.map(({ id }) => id)).toEqual([ids[5]]);
    expect(
      await on()
        .commands()
        .replay({ channel: 'slack' }, T0 + 2_000),
    ).toBe(0);
    expect(
      await on()
        .commands()
        .replay({ address: 'nobody@example.com' }, T0 + 2_000),
    ).toBe(0);
    expect(
      await on()
        .commands()
        .replay({ reason: 'uncertain' }, T0 + 2_000),
    ).toBe(0);
    expect(
      await on()
        .commands()
        .replay({ type: 'login', reason: FAILURE.reason }, T0 + 2_000),
    ).toBe(1);
  });

  it('keeps the attempts that failed, over a crash and a replay, and says how far replays are', async () => {
    const [a] = await on().ids([direct('a'), direct('b'), direct('c')]);
    expect(await on().store.replays(5)).toEqual([]);
    await on().retry((await on().claim(T0, { limit: 1 }))[0]!, T0 + 10);
    await on().reopen('crash', T0 + 5);
    await on().store.advance(T0 + 10, 10);
    await on().settle(await on().claim(T0 + 10), 'dead', T0 + 20);
    const errors = [
      { ...FAILURE, at: iso(T0) },
      { ...FAILURE, at: iso(T0 + 20) },
    ];
    expect(await on().store.find(a!)).toMatchObject({ state: 'dead', lastError: errors[1], errors });
    expect(
      await on()
        .commands()
        .replay({}, T0 + 30),
    ).toBe(3);
    const at = iso(T0 + 30);
    expect(await on().store.replays(5)).toMatchObject([{ at, deliveries: 3, delivered: 0, dead: 0, pending: 3 }]);
    const [x, y] = await on().claim(T0 + 30);
    await on().settle([x!], 'delivered', T0 + 31);
    await on().settle([y!], 'dead', T0 + 31);
    await on().reopen('crash', T0 + 32);
    expect(await on().store.replays(5)).toMatchObject([{ at, deliveries: 3, delivered: 1, dead: 1, pending: 1 }]);
    await on()
      .commands()
      .replay({}, T0 + 40);
    expect((await on().store.replays(5)).map(({ deliveries, pending }) => [deliveries, pending])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(await on().store.replays(1)).toHaveLength(1);
  });

  it('G3 what was settled outlives the process, and is settled once', async () => {
    await on().accept([direct('a'), direct('b')]);
    const [a, b] = await on().claim();
    expect(await on().settle([a!, a!], 'delivered', T0 + 1)).toEqual({ stale: [] });
    expect(await on().settle([a!], 'delivered', T0 + 2)).toEqual({ stale: [a!.messageId] });
    await on().reopen('crash', T0 + 3);
    expect(await on().claim(T0 + 3)).toMatchObject([{ messageId: b!.messageId, attempt: 2 }]);
  });

  it('a crash counts an attempt of what was still being sent, and of nothing else of its claim', async () => {
    const ids = await on().ids(['a', 'b', 'c', 'd', 'e'].map((title) => direct(title)));
    const [a, b, c, d] = await on().claim();
    await on().settle([a!], 'delivered', T0 + 1);
    await on().retry(b!, T0 + 1, T0 + 1);
    await on().settle([c!], 'dead', T0 + 1);
    await on().settle([d!], 'delivered', T0 + 1);
    await on().reopen('crash', T0 + 2);
    const found = await Promise.all(ids.map((id) => on().store.find(id)));
    expect(found.map((view) => [view?.state, view?.attempts, view?.lastError?.reason])).toEqual([
      ['delivered', 1, undefined],
      ['queued', 1, FAILURE.reason],
      ['dead', 1, FAILURE.reason],
      ['delivered', 1, undefined],
      ['queued', 1, 'interrupted'],
    ]);
  });

  it('keeps the last twenty failed attempts', async () => {
    const [id] = await on().ids([direct('a')]);
    for (let i = 0; i < 25; i++) await on().retry((await on().claim(T0 + i))[0]!, T0 + i, T0 + i);
    expect((await on().store.find(id!))!.errors!.map(({ at }) => at)).toEqual(
      Array.from({ length: 20 }, (_, i) => iso(T0 + i + 5)),
    );
  });

  it('finds the dead of a mixed digest by their own types', async () => {
    const mixed = { groupBy: 'none', maxCount: 2 } as const;
    await on().accept([gathered('a', { type: 'a' }, mixed), gathered('b', { type: 'b' }, mixed)]);
    await on().settle(await on().claim(), 'dead');
    expect((await on().store.dead({ type: 'b' })).items.map(({ title }) => title)).toEqual(['b']);
    expect(await on().commands().replay({ type: 'b' }, T0)).toBe(2);
  });

  it('expires what was replayed too late, though nobody claims it', async () => {
    const [id] = await on().ids([direct('a', { expiresAt: T0 + 100 })]);
    await on().settle(await on().claim(), 'dead');
    await on().store.advance(T0 + 100, 10);
    expect(await on().stateOf(id!)).toBe('dead');
    await on()
      .commands()
      .replay({}, T0 + 200);
    await on().store.advance(T0 + 200, 10);
    expect(await on().stateOf(id!)).toBe('expired');
  });

  it('calls made at one time see each other: settled dead, replayed and claimed', async () => {
    await on().accept([direct('a')]);
    const [message] = await on().claim();
    const [, replayed, claimed] = await Promise.all([
      on().settle([message!], 'dead'),
      on()
        .commands()
        .replay({}, T0 + 1),
      on().claim(T0 + 1),
    ]);
    expect(replayed).toBe(1);
    expect(claimed).toMatchObject([{ messageId: message!.messageId, attempt: 1 }]);
    expect(await on().store.readiness()).toEqual([]);
  });

  it('answers for what it says in its acceptances: the message of a delivery carries it', async () => {
    const [result] = await on().accept([direct('a')]);
    const { id, messageId } = deliveriesOf(result)[0]!;
    expect(await on().claim()).toMatchObject([{ messageId, entries: [{ deliveryId: id, route: 'batch', acceptedAt: T0 }] }]);
  });
}
