import { MAX_PENDING, type StoreUnderTest, T0 } from '../store-bench.conformance.js';
import { MemoryStore } from './memory-store.js';

/** Closing it and opening it again is all that can happen to it: a crash is no worse. */
export async function memoryUnderTest(): Promise<StoreUnderTest> {
  const store = new MemoryStore({ maxPending: MAX_PENDING });
  await store.open(T0);
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
