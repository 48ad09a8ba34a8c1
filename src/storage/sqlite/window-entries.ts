import { timesAfterEntry } from '../../model/decisions/window-times.js';
import { type FailureReason } from '../../model/failure.js';
import { type WindowTimes } from '../../model/window.js';
import { endWindow } from './close.js';
import { typeOf } from './content.js';
import { type StoreState } from './store-state.js';
import { DUE } from './number-heap.js';
import { type OpenWindow } from './open-windows.js';
import { type DeliveryRow } from './rows.js';
import { ROUTE_NUMBER, STATE_NUMBER } from '../persisted.js';

const AGGREGATE = ROUTE_NUMBER.aggregate;

/**
 * Appends a delivery whose row is in the window's chain already; one with its dedupe key ends in its favour.
 *
 * @param restartsUntil see `EntryTimes`
 */
export function joinWindow(
  store: StoreState,
  window: OpenWindow,
  entry: Pick<DeliveryRow, 'id' | 'priority' | 'at' | 'expires_at' | 'dedupe'> & { readonly type: string },
  now: number,
  restartsUntil?: number,
): void {
  const older = store.windows.join(window, entry);
  store.counters.add(window.channel, entry.type, AGGREGATE, 'gathering', 1);
  if (older !== undefined) replace(store, window, older, now);
  const times = { acceptedAt: entry.at, expiresAt: entry.expires_at ?? undefined, restartsUntil };
  const { plannedAt } = window;
  setTimes(store, window, timesAfterEntry(window.policy, window, times, window.notBefore));
  // What preferences plan does not follow from the rows, as the times of other windows do.
  if (restartsUntil !== undefined && window.plannedAt !== plannedAt) {
    store.db.sql('UPDATE message SET due_at = ? WHERE id = ?').run(window.plannedAt, window.id);
  }
  if (entry.type === window.type || window.severalTypes) return;
  window.severalTypes = true;
  store.db.sql('UPDATE message SET mixed = 1 WHERE id = ?').run(window.id);
}

/** Takes a live delivery out of an open window, which keeps its time. A window that nothing is left in is no longer open. */
export function leaveWindow(
  store: StoreState,
  window: OpenWindow,
  entry: DeliveryRow,
  state: 'cancelled' | 'expired',
  now: number,
  reason: FailureReason = state,
): void {
  endEntry(store, entry.id, state, now);
  store.counters.move(window.channel, typeOf(entry, window), AGGREGATE, 'gathering', state, 1);
  store.noteEnded(window, entry, { state, reason, at: now });
  store.windows.leave(window, entry);
  if (window.count > 0) return;
  store.windows.remove(window);
  endWindow(store, window, now);
}

/** Gives a window other times; what is due earlier than before is looked at earlier. */
export function setTimes(store: StoreState, window: OpenWindow, times: WindowTimes): void {
  if (times === window) return;
  if (times.dueAt < window.dueAt) store.due.push(times.dueAt, window.id, DUE.window);
  Object.assign(window, times);
}

function replace(store: StoreState, window: OpenWindow, older: number, now: number): void {
  const row = store.delivery(older);
  if (row === undefined) return;
  endEntry(store, older, 'replaced', now);
  if (row.priority === window.priority) window.priorityStale = true;
  store.counters.move(window.channel, typeOf(row, window), AGGREGATE, 'gathering', 'replaced', 1);
  store.noteEnded(window, row, { state: 'replaced', reason: 'replaced', at: now });
}

function endEntry(store: StoreState, id: number, state: 'cancelled' | 'expired' | 'replaced', now: number): void {
  store.db.sql('UPDATE delivery SET state = ?, ended_at = ? WHERE id = ?').run(STATE_NUMBER[state], now, id);
}
