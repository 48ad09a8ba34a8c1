import { type StoreSnapshot } from '../notification-store.js';
import { type MemoryLedger } from './memory-ledger.js';
import { live } from './records.js';

export function snapshotOf(ledger: MemoryLedger): StoreSnapshot {
  const windows = ledger.windows();
  const [oldest] = windows;
  const inState = (wanted: string): number => [...ledger.messages.values()].filter(({ state }) => state === wanted).length;
  return {
    counts: ledger.counts(),
    pending: ledger.pending(),
    windows: {
      open: windows.length,
      items: windows.flatMap(live).length,
      ...(oldest === undefined ? {} : { oldestAt: oldest.openedAt }),
    },
    messages: { queued: inState('queued'), sending: inState('sending') },
  };
}
