import { SUITE_RUNNER } from '../../../test/support/suite-runner.js';
import { MAX_PENDING } from '../store-bench.conformance.js';
import { describeSharedStore } from '../shared-store.conformance.js';
import { describeStore } from '../store.conformance.js';
import { describeWindows } from '../windows.conformance.js';
import { MemoryCore } from './memory-core.js';
import { MemoryStore } from './memory-store.js';
import { memoryUnderTest } from './memory-under-test.conformance.js';

describeStore(SUITE_RUNNER, 'memory', memoryUnderTest);

describeWindows(SUITE_RUNNER, 'memory', async () => {
  const store = new MemoryStore({ maxPending: MAX_PENDING });
  await store.open(0);
  return { store, discard: () => store.close() };
});

describeSharedStore(SUITE_RUNNER, 'memory', () => {
  const core = new MemoryCore({ maxPending: MAX_PENDING });
  return Promise.resolve({ handle: () => new MemoryStore(core), discard: () => Promise.resolve() });
});
