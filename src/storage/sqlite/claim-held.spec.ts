import { expect, it } from '@jest/globals';
import { direct, T0, titles } from '../store-bench.conformance.js';
import { MAX_LOOKED_AT } from './claim-held.js';
import { sqliteUnderTest } from '../../../test/support/sqlite-under-test.js';
import { SqliteStore } from './sqlite-store.js';

it('G8 looks at a part of a long backlog that is held in one call, and at each message once', async () => {
  const store = new SqliteStore({ path: ':memory:', maxPending: 10_000 });
  await store.open(T0);
  try {
    const backlog = Array.from({ length: 3 * MAX_LOOKED_AT }, (_, i) => direct('slow', { to: `slow${i}@x` }));
    await store.accept([...backlog, direct('good', { to: 'good@x', priority: 'low' })], T0);
    let asked = 0;
    const holds = {
      keyOf: (address: string) => (asked++, address.startsWith('slow') ? 'slow' : 'good'),
      heldUntil: (key: string) => (key === 'slow' ? Infinity : undefined),
    };
    const request = { channel: 'email', lane: 'normal', limit: 1, leaseMs: 10_000, now: T0, holds } as const;
    for (let calls = 0; calls < 3; calls++) {
      expect(await store.claim(request)).toMatchObject({ messages: [], more: true });
      expect(asked).toBeLessThanOrEqual((calls + 1) * MAX_LOOKED_AT);
    }
    expect(titles((await store.claim(request)).messages)).toEqual([['good']]);
    asked = 0;
    await store.accept([direct('next', { to: 'good2@x', priority: 'low' })], T0);
    expect(titles((await store.claim(request)).messages)).toEqual([['next']]);
    expect(asked).toBe(1);
  } finally {
    await store.close();
  }
});

it('G1 a claim that cannot be committed loses nothing of what was held, whatever it had moved', async () => {
  const underTest = await sqliteUnderTest();
  const { store } = underTest;
  try {
    const request = { channel: 'email', lane: 'normal', limit: 3, leaseMs: 10_000, now: T0 } as const;
    const keyOf = (address: string): string => address.slice(0, 4);
    const holding = (...held: readonly string[]) => ({
      keyOf,
      heldUntil: (key: string) => (held.includes(key) ? Infinity : undefined),
    });
    const names = ['slow', 'down', 'good'];
    const all = names.flatMap((name) => [1, 2, 3].map((i) => direct(`${name}${i}`, { to: `${name}${i}@x` })));
    await store.accept(all, T0);
    expect((await store.claim({ ...request, holds: holding(...names) })).messages).toEqual([]);
    const fails = async (holds: ReturnType<typeof holding>): Promise<void> => {
      const stop = underTest.failAfter?.(0);
      await expect(store.claim({ ...request, holds })).rejects.toThrow('could not');
      expect(stop?.()).toBe(true);
    };
    // All of a key, a part of one, and one that was looked at for the first time.
    await fails(holding('down', 'good'));
    await fails(holding('slow', 'down'));
    await store.accept([direct('next1', { to: 'next1@x' })], T0);
    await fails(holding('slow', 'down'));
    expect(titles((await store.claim({ ...request, holds: holding('slow', 'good', 'next') })).messages)).toEqual([
      ['down1'],
      ['down2'],
      ['down3'],
    ]);
    const rest = await store.claim({ ...request, limit: 100, holds: holding() });
    expect(titles(rest.messages).flat().toSorted()).toEqual(['good1', 'good2', 'good3', 'next1', 'slow1', 'slow2', 'slow3']);
    expect(await store.readiness()).toEqual([]);
  } finally {
    await underTest.discard();
  }
});

it('G1 a claim that cannot be committed loses nothing of a key that it emptied and held again', async () => {
  const underTest = await sqliteUnderTest();
  const { store } = underTest;
  try {
    const request = { channel: 'email', lane: 'normal', limit: 5, leaseMs: 10_000, now: T0 } as const;
    const most = (count: number) => ({
      keyOf: (address: string) => address,
      heldUntil: (_: string, taken: number) => (taken < count ? undefined : Infinity),
    });
    await store.accept([direct('a'), direct('b')], T0);
    expect(titles((await store.claim({ ...request, holds: most(1) })).messages)).toEqual([['a']]);
    await store.accept([direct('c'), direct('d')], T0);
    const stop = underTest.failAfter?.(1_000);
    await expect(store.claim({ ...request, holds: most(2) })).rejects.toThrow('could not');
    expect(stop?.()).toBe(true);
    const { messages, more } = await store.claim({ ...request, holds: most(2) });
    expect([titles(messages), more]).toEqual([[['b'], ['c']], undefined]);
    expect(titles((await store.claim({ ...request, holds: most(2) })).messages)).toEqual([['d']]);
  } finally {
    await underTest.discard();
  }
});
