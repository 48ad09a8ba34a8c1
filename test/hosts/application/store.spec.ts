import 'reflect-metadata';
import {
  createMemoryStore,
  describeStore,
  describeWindows,
  STORE_SUITE_MAX_PENDING,
  STORE_SUITE_START_AT,
} from 'nestjs-digest/testing';

// `describe`, `it`, `beforeEach`, `afterEach` and `expect` are globals of the host's runner.
const runner = { describe, it, beforeEach, afterEach, expect };

describeStore(runner, 'the host', async () => {
  const store = createMemoryStore({ maxPending: STORE_SUITE_MAX_PENDING });
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
});

describeWindows(runner, 'the host', async () => {
  const store = createMemoryStore({ maxPending: STORE_SUITE_MAX_PENDING });
  await store.open(STORE_SUITE_START_AT);
  return { store, discard: () => store.close() };
});
