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

const make = (): NotificationStore => createMemoryStore({ maxPending: STORE_SUITE_MAX_PENDING });

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

// As a host does it, by the names that the package exports.
describeStore({ describe, it, beforeEach, afterEach, expect }, 'maps, from outside', () => underTest(make()));
describeWindows({ describe, it, beforeEach, afterEach, expect }, 'maps, from outside', async () => {
  const store = make();
  await store.open(STORE_SUITE_START_AT);
  return { store, discard: () => store.close() };
});

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
      const store = make();
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
        Object.assign(store, make());
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
