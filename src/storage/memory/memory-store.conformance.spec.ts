import { MAX_PENDING, T0 } from '../store-bench.conformance.js';
import { describeStore } from '../store.conformance.js';
import { describeWindows } from '../windows.conformance.js';
import { MemoryStore } from './memory-store.js';

describeStore('memory', async () => {
  const store = new MemoryStore({ maxPending: MAX_PENDING, nextOccurrence: (_, at) => at + 1_000 });
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
});

describeWindows('memory', async (nextAt) => {
  const store = new MemoryStore({ maxPending: MAX_PENDING, nextOccurrence: nextAt });
  await store.open(0);
  return { store, discard: () => store.close() };
});
