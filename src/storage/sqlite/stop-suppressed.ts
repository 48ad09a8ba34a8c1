import { type CancelReport, type Slice, type Sliced } from '../notification-store.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { cancelEntry } from './cancel.js';
import { chainFrom } from './chain.js';
import { type StoreState } from './store-state.js';
import { type MessageRow } from './rows.js';
import { stopsAt } from './suppressed-entries.js';

/** Cancels what waits for an address that is suppressed, message by message. */
export function cancelSuppressed(
  store: StoreState,
  channel: string,
  address: string,
  requiredTypes: ReadonlySet<string>,
  slice: Slice,
): Sliced<CancelReport> {
  const { limit, now, cursor } = slice;
  const { after, until } = sliceRange(cursor, store.nextMessage - 1);
  const found = store.db
    .sql('SELECT id FROM message WHERE address = ? AND channel = ? AND state < 2 AND id > ? AND id <= ? ORDER BY id LIMIT ?')
    .all(address, channel, after, until, limit);
  let [rows, cancelled, kept, last] = [0, 0, 0, after];
  for (const { id } of found) {
    const row = store.message(Number(id));
    if (rows >= limit) return { cancelled, kept, next: sliceCursor(last, until) };
    if (row === undefined) continue;
    rows++;
    if (store.claims.has(row.id)) kept += row.count;
    else {
      const stopped = stopMessage(store, row, requiredTypes, Math.max(1, limit - rows), now);
      rows += stopped.count;
      cancelled += stopped.count;
      // What was cancelled is passed over by the next slice, which begins with this message.
      if (!stopped.isDone) return { cancelled, kept, next: sliceCursor(last, until) };
    }
    last = row.id;
  }
  return { cancelled, kept, ...(found.length < limit ? {} : { next: sliceCursor(last, until) }) };
}

function stopMessage(
  store: StoreState,
  row: MessageRow,
  requiredTypes: ReadonlySet<string>,
  limit: number,
  now: number,
): { readonly count: number; readonly isDone: boolean } {
  const stops = stopsAt(store, row, requiredTypes, now);
  let count = 0;
  if (stops === undefined) return { count, isDone: true };
  const tail = store.windows.byMessage(row.id)?.tail ?? row.tail;
  for (const entry of chainFrom(store, row.id, tail)) {
    if (entry.state !== 0 || !stops(entry)) continue;
    if (count >= limit) return { count, isDone: false };
    const current = store.message(row.id);
    if (current === undefined) break;
    cancelEntry(store, entry, current, 'suppressed', now);
    count++;
  }
  return { count, isDone: true };
}
