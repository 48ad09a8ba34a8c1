import { SUITE_RUNNER } from '../../../test/support/suite-runner.js';
import { SqliteStore } from './sqlite-store.js';
import { describeWindows } from '../windows.conformance.js';

describeWindows(SUITE_RUNNER, 'SQLite', async () => {
  const store = new SqliteStore({ path: ':memory:', maxPending: 1_000 });
  await store.open(0);
  return { store, discard: () => store.close() };
});
