import { timesAfterEntry } from '../../model/decisions/window-times.js';
import { type FailureReason } from '../../model/failure.js';
import { type WindowTimes } from '../../model/window.js';
import { endWindow } from './close.js';
import { typeOf } from './content.js';
import { type Ledger } from './ledger.js';
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
  ledger: Ledger,
  window: OpenWindow,
  entry: Pick<DeliveryRow, 'id' | 'priority' | 'at' | 'expires_at' | 'dedupe'> & { readonly type: string },
  now: number,
  restartsUntil?: number,
): void {
  const older = ledger.windows.join(window, entry);
  ledger.counters.add(window.channel, entry.type, AGGREGATE, 'gathering', 1);
  if (older !== undefined) replace(ledger, window, older, now);
  const times = { acceptedAt: entry.at, expiresAt: entry.expires_at ?? undefined, restartsUntil };
  const { plannedAt } = window;
  setTimes(ledger, window, timesAfterEntry(window.policy, window, times, window.notBefore));
  // What preferences plan does not follow from the rows, as the times of other windows do.
  if (restartsUntil !== undefined && window.plannedAt !== plannedAt) {
    ledger.db.sql('UPDATE message SET due_at = ? WHERE id = ?').run(window.plannedAt, window.id);
  }
  if (entry.type === window.type || window.mixed) return;
  window.mixed = true;
  ledger.db.sql('UPDATE message SET mixed = 1 WHERE id = ?').run(window.id);
}

/** Takes a live delivery out of an open window, which keeps its time. A window that nothing is left in is no longer open. */
export function leaveWindow(
  ledger: Ledger,
  window: OpenWindow,
  entry: DeliveryRow,
  state: 'cancelled' | 'expired',
  now: number,
  reason: FailureReason = state,
): void {
  endEntry(ledger, entry.id, state, now);
  ledger.counters.move(window.channel, typeOf(entry, window), AGGREGATE, 'gathering', state, 1);
  ledger.noteEnded(window, entry, { state, reason, at: now });
  ledger.windows.leave(window, entry);
  if (window.count > 0) return;
  ledger.windows.remove(window);
  endWindow(ledger, window, now);
}

/** Gives a window other times; what is due earlier than before is looked at earlier. */
export function setTimes(ledger: Ledger, window: OpenWindow, times: WindowTimes): void {
  if (times === window) return;
  if (times.dueAt < window.dueAt) ledger.due.push(times.dueAt, window.id, DUE.window);
  Object.assign(window, times);
}

function replace(ledger: Ledger, window: OpenWindow, older: number, now: number): void {
  const row = ledger.delivery(older);
  if (row === undefined) return;
  endEntry(ledger, older, 'replaced', now);
  if (row.priority === window.priority) window.priorityStale = true;
  ledger.counters.move(window.channel, typeOf(row, window), AGGREGATE, 'gathering', 'replaced', 1);
  ledger.noteEnded(window, row, { state: 'replaced', reason: 'replaced', at: now });
}

function endEntry(ledger: Ledger, id: number, state: 'cancelled' | 'expired' | 'replaced', now: number): void {
  ledger.db.sql('UPDATE delivery SET state = ?, ended_at = ? WHERE id = ?').run(STATE_NUMBER[state], now, id);
}
