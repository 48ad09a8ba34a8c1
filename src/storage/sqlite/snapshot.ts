import { type StoreSnapshot } from '../notification-store.js';
import { type StoreState } from './store-state.js';

export function snapshotOf({ counters, windows, scheduled, claims, ready }: StoreState): StoreSnapshot {
  const [oldest] = windows.all();
  const queued = ready.readiness().reduce((sum, row) => sum + row.critical + row.ready + row.batchable, scheduled.size);
  return {
    counts: counters.rows(),
    pending: counters.pending,
    windows: { open: windows.size, items: windows.items, ...(oldest === undefined ? {} : { oldestAt: oldest.openedAt }) },
    messages: { queued, sending: claims.size },
  };
}
