import { mayCloseEarly } from '../../model/decisions/closing.js';
import { type CloseReason } from '../../model/window.js';
import { type ClosedWindow, type FlushReport, type Slice, type Sliced, type WindowFilter } from '../notification-store.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { closeWindow } from './close.js';
import { type StoreState } from './store-state.js';
import { type OpenWindow } from './open-windows.js';

/** Windows that a slice may look at in memory for each row that it may change. */
const LOOKS_PER_ROW = 20;

/** Closes what matches; windows that wait for their entries' `sendAt` are left to it. */
export function flush(store: StoreState, filter: WindowFilter, reason: CloseReason, slice: Slice): Sliced<FlushReport> {
  const { now } = slice;
  const mayClose = (window: Readonly<OpenWindow>): boolean => matches(window, filter) && mayCloseEarly(window, now);
  if (filter.messageId !== undefined) {
    const window = store.windows.byMessage(store.privateId('m', filter.messageId));
    return { closed: window !== undefined && mayClose(window) ? [closeWindow(store, window, reason, now)] : [] };
  }
  const { windows, next } = windowSlice(store, slice, mayClose, rowsToClose, filter);
  const closed = windows.map((window) => closeWindow(store, window, reason, now));
  return { closed, ...next };
}

/** Closes the largest, the oldest of them first. */
export function flushLargest(store: StoreState, deliveries: number, limit: number, now: number): FlushReport {
  const closed: ClosedWindow[] = [];
  let left = deliveries;
  for (const window of largest(store, limit, now)) {
    if (left <= 0) break;
    left -= window.count;
    closed.push(closeWindow(store, window, 'pressure', now));
  }
  return { closed };
}

/** The open windows that one slice of a command handles, oldest first, and the part of the answer that says whether there are more. */
export function windowSlice(
  store: StoreState,
  { limit, cursor }: Slice,
  wanted: (window: Readonly<OpenWindow>) => boolean,
  rowsOf: (window: OpenWindow) => number = rowsToClose,
  { channel, address }: WindowFilter = {},
): { readonly windows: readonly OpenWindow[]; readonly next: { readonly next?: string } } {
  const { after, until } = sliceRange(cursor, store.nextMessage - 1);
  const windows: OpenWindow[] = [];
  let [rows, looks, last] = [0, 0, after];
  const seen =
    channel === undefined || address === undefined ? store.windows.after(after) : store.windows.ofAddress(channel, address);
  for (const window of seen) {
    if (window.id <= after) continue;
    if (window.id > until) break;
    if (rows >= limit || looks >= limit * LOOKS_PER_ROW) return { windows, next: { next: sliceCursor(last, until) } };
    last = window.id;
    looks++;
    const found = wanted(window) ? store.windows.byMessage(window.id) : undefined;
    if (found === undefined) continue;
    rows += rowsOf(found);
    windows.push(found);
  }
  return { windows, next: {} };
}

export function matches(window: Readonly<OpenWindow>, { channel, type, address, openedBefore }: WindowFilter): boolean {
  return (
    (openedBefore === undefined || window.openedAt < openedBefore) &&
    (channel === undefined || window.channel === channel) &&
    (type === undefined || window.type === type) &&
    (address === undefined || window.address === address)
  );
}

/** A digest of one type is one row; in other cases each of its entries is read. */
export function rowsToClose({ count, severalTypes, priorityStale, policy }: OpenWindow): number {
  return severalTypes || priorityStale === true || count < policy.minCount ? 1 + count : 1;
}

/** The `limit` largest, in order: one look at each window, and no sorting of all. */
function largest(store: StoreState, limit: number, now: number): readonly OpenWindow[] {
  type Seen = Readonly<OpenWindow>;
  const bySize = (a: Seen, b: Seen): number => b.count - a.count || a.id - b.id;
  let found: Seen[] = [];
  let least = 0;
  for (const window of store.windows.look()) {
    if (window.count <= least || !mayCloseEarly(window, now)) continue;
    found.push(window);
    if (found.length < 2 * limit) continue;
    found = found.sort(bySize).slice(0, limit);
    least = found.at(-1)?.count ?? 0;
  }
  return found
    .sort(bySize)
    .slice(0, limit)
    .flatMap(({ id }) => store.windows.byMessage(id) ?? []);
}
