import { MAX_PENDING, type StoreUnderTest, T0 } from '../store-bench.conformance.js';
import { MemoryCore } from './memory-core.js';
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

/** Two instances that share one. */
export async function sharedMemoryUnderTest(): Promise<StoreUnderTest & { readonly other: StoreUnderTest }> {
  const core = new MemoryCore({ maxPending: MAX_PENDING });
  const open = async (name: string): Promise<StoreUnderTest> => {
    const instance = { name, version: '', channels: [] };
    const store = new MemoryStore(core);
    await store.open(T0, instance);
    return {
      store,
      reopen: async (_, now) => {
        await store.close();
        await store.open(now, instance);
        return store;
      },
      discard: () => store.close(),
    };
  };
  return { ...(await open('a')), other: await open('b') };
}
