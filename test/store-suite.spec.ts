import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ClaimRequest, type NotificationStore } from '../src/index.js';
import {
  createMemoryStore,
  describeStore,
  describeWindows,
  STORE_SUITE_MAX_PENDING,
  STORE_SUITE_START_AT,
  type StoreUnderTest,
} from '../src/testing.js';

// As a host does it, by the names that the package exports.
const runner = { describe, it, beforeEach, afterEach, expect };

describeStore(runner, 'made of maps', async () => {
  const store = createMemoryStore({ maxPending: STORE_SUITE_MAX_PENDING });
  await store.open(STORE_SUITE_START_AT);
  // After a `crash` a store opens what `kill -9` leaves behind; of maps that is all that was written.
  const reopen = async (_how: 'restart' | 'crash', now: number) => {
    await store.close();
    await store.open(now);
    return store;
  };
  return { store, reopen, discard: () => store.close() };
});

describeWindows(runner, 'made of maps', async () => {
  const store = createMemoryStore({ maxPending: STORE_SUITE_MAX_PENDING });
  await store.open(STORE_SUITE_START_AT);
  return { store, discard: () => store.close() };
});

async function underTest(store: NotificationStore): Promise<StoreUnderTest> {
  await store.open(STORE_SUITE_START_AT);
  return {
    store,
    reopen: async (_, now) => {
      await store.close();
      await store.open(now);
      return store;
    },
    discard: () => store.close(),
  };
}

describe('the suite of stores finds one', () => {
  /** Names of the tests that fail on what a store is made into. */
  async function failuresOf(spoil: (store: NotificationStore) => void): Promise<readonly string[]> {
    const tests: { readonly name: string; readonly body: () => Promise<void> }[] = [];
    const [before, after]: [(() => Promise<void>)[], (() => Promise<void>)[]] = [[], []];
    const collecting = {
      describe: (_: string, body: () => void) => body(),
      it: (name: string, body: () => Promise<void>) => void tests.push({ name, body }),
      beforeEach: (body: () => Promise<void>) => void before.push(body),
      afterEach: (body: () => Promise<void>) => void after.push(body),
      expect,
    };
    describeStore(collecting, 'broken', async () => {
      const store = createMemoryStore({ maxPending: STORE_SUITE_MAX_PENDING });
      const tested = await underTest(store);
      spoil(store);
      return tested;
    });
    const failed = new Set<string>();
    for (const { name, body } of tests) {
      for (const run of [...before, body, ...after]) await run().catch(() => failed.add(name));
    }
    return [...failed];
  }

  it('that is not broken at all: it finds nothing', async () => {
    expect(await failuresOf(() => undefined)).toEqual([]);
  });

  it('that forgets what it accepted', async () => {
    const failed = await failuresOf((store) => {
      const { open } = store;
      store.open = (...when) => {
        Object.assign(store, createMemoryStore({ maxPending: STORE_SUITE_MAX_PENDING }));
        return open.apply(store, when);
      };
    });
    expect(failed).toContainEqual(expect.stringContaining('loses nothing at a crash'));
  });

  it('that gives one message to two workers', async () => {
    const failed = await failuresOf((store) => {
      const { claim } = store;
      let last: Awaited<ReturnType<typeof claim>> | undefined;
      store.claim = async (request: ClaimRequest) => {
        const given = await claim.call(store, request);
        if (given.messages.length > 0) last = given;
        return last ?? given;
      };
    });
    expect(failed).toContain('claims no message twice, at most the limit, and tells what is ready');
  });
});
