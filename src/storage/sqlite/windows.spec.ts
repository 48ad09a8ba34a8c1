import { SqliteStore } from './sqlite-store.js';
import { describeWindows } from '../windows.conformance.js';

describeWindows('SQLite', async () => {
  const store = new SqliteStore({ path: ':memory:', maxPending: 1_000 });
  await store.open(0);
  return { store, discard: () => store.close() };
});
