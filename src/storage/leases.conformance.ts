import { direct, FAILURE, type StoreBench, T0 } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** A claim is a lease with a token: who lost it changes nothing any more. */
export function itLeases(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  it('G2 a worker that lost its claim changes nothing, whichever worker holds the message now', async () => {
    const [id] = await on().ids([direct('a')]);
    const [first] = await on().claim(T0, { leaseMs: 1_000 });
    const lost = { messageId: first!.messageId, token: on().tokenOf(first!) };
    await on().store.advance(T0 + 1_000, 10);
    const [second] = await on().claim(T0 + 1_000);
    expect(second).toMatchObject({ messageId: first!.messageId, attempt: 2 });
    for (const late of [
      { ...lost, outcome: 'delivered' },
      { ...lost, outcome: 'retry', failure: FAILURE, retryAt: T0 },
      { ...lost, outcome: 'dead', failure: FAILURE },
      { ...lost, outcome: 'released' },
    ] as const) {
      expect(await on().store.settle([late], T0 + 1_001)).toEqual({ stale: [first!.messageId] });
      expect(await on().stateOf(id!)).toBe('sending');
    }
    expect(await on().claim(T0 + 1_001)).toEqual([]);
    expect(await on().settle([second!], 'delivered', T0 + 1_002)).toEqual({ stale: [] });
    expect(await on().store.find(id!)).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(await on().store.settle([{ ...lost, outcome: 'delivered' }], T0 + 1_003)).toEqual({ stale: [first!.messageId] });
  });

  it('settles what the claim holds, though other settlements of the same call are stale', async () => {
    await on().accept([direct('a'), direct('b')]);
    const [a, b] = await on().claim();
    const stale = [
      { messageId: a!.messageId, token: 'c-nobody-1', outcome: 'delivered' },
      { messageId: 'm-nothing-1', token: on().tokenOf(b!), outcome: 'delivered' },
    ] as const;
    const good = { messageId: b!.messageId, token: on().tokenOf(b!), outcome: 'delivered' } as const;
    expect(await on().store.settle([stale[0], good, stale[1]], T0)).toEqual({ stale: [a!.messageId, 'm-nothing-1'] });
    expect(await Promise.all([a, b].map((message) => on().stateOf(message!.entries[0]!.deliveryId)))).toEqual([
      'sending',
      'delivered',
    ]);
  });

  it('gives no token twice, over a restart neither', async () => {
    const tokens = new Set<string>();
    for (let round = 0; round < 3; round++) {
      await on().accept([direct('a')], T0 + round);
      const [message] = await on().claim(T0 + round);
      tokens.add(on().tokenOf(message!));
      await on().settle([message!], 'delivered', T0 + round);
      await on().reopen(round === 1 ? 'crash' : 'restart', T0 + round);
    }
    expect(tokens.size).toBe(3);
  });

  it('a claim from before a restart holds nothing', async () => {
    await on().accept([direct('a')]);
    const [message] = await on().claim();
    const token = on().tokenOf(message!);
    await on().reopen('crash', T0 + 1);
    expect(await on().store.extend([token], T0 + 60_000)).toEqual({ lost: [token] });
    expect(await on().settle([message!], 'delivered', T0 + 1)).toEqual({ stale: [message!.messageId] });
  });

  it('prolongs a lease, again and again, and requeues when it ends at last', async () => {
    const [id] = await on().ids([direct('a'), direct('b')]);
    const [a] = await on().claim(T0, { leaseMs: 10_000 });
    const token = on().tokenOf(a!);
    for (const until of [T0 + 15_000, T0 + 24_000]) {
      expect(await on().store.extend([token], until)).toEqual({ lost: [] });
      await on().store.advance(until - 1, 100);
      expect(await on().stateOf(id!)).toBe('sending');
    }
    await on().settle([a!], 'delivered', T0 + 23_999);
    await on().store.advance(T0 + 24_000, 100);
    expect((await on().store.snapshot()).messages).toEqual({ queued: 1, sending: 0 });
    expect(await on().store.extend([token], T0 + 60_000)).toEqual({ lost: [token] });
    expect(await on().claim(T0 + 24_000)).toMatchObject([{ attempt: 2 }]);
  });

  it('never shortens a lease', async () => {
    const [id] = await on().ids([direct('a')]);
    const [message] = await on().claim(T0, { leaseMs: 10_000 });
    expect(await on().store.extend([on().tokenOf(message!)], T0 + 1)).toEqual({ lost: [] });
    await on().store.advance(T0 + 9_999, 10);
    expect(await on().stateOf(id!)).toBe('sending');
  });

  it('says of each claim whether it still holds anything', async () => {
    await on().accept([direct('a'), direct('b')]);
    const [a] = await on().claim(T0, { limit: 1 });
    const [b] = await on().claim(T0, { limit: 1 });
    await on().settle([a!], 'delivered');
    const tokens = [a, b].map((message) => on().tokenOf(message!));
    expect(await on().store.extend([...tokens, 'c-nobody-1'], T0 + 20_000)).toEqual({ lost: [tokens[0], 'c-nobody-1'] });
    await on().store.advance(T0 + 19_999, 10);
    expect((await on().store.snapshot()).messages).toEqual({ queued: 0, sending: 1 });
  });

  it('what is known of the store without asking it is what it answers', async () => {
    await on().accept([direct('a'), direct('b')]);
    await on().claim(T0, { limit: 1 });
    const { store } = on();
    const asked = { ...(await store.snapshot()), asOf: T0 + 5 };
    expect(store.snapshotNow(T0 + 5)).toEqual(store.traits.shared ? undefined : asked);
  });
}
