import { type StoreSnapshot } from '../notification-store.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { live } from './records.js';

export function snapshotOf(store: MemoryStoreState): StoreSnapshot {
  const windows = store.windows();
  const [oldest] = windows;
  const inState = (wanted: string): number => [...store.messages.values()].filter(({ state }) => state === wanted).length;
  return {
    counts: store.counts(),
    pending: store.pending(),
    windows: {
      open: windows.length,
      items: windows.flatMap(live).length,
      ...(oldest === undefined ? {} : { oldestAt: oldest.openedAt }),
    },
    messages: { queued: inState('queued'), sending: inState('sending') },
  };
}
