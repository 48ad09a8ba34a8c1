import { type AdvanceReport, type ClosedWindow } from '../notification-store.js';
import { lapse } from './allowances.js';
import { expire } from './end-alone.js';
import { closeWindow } from './close.js';
import { type Ledger } from './ledger.js';
import { DUE, type DueKind } from './number-heap.js';
import { type OpenWindow } from './open-windows.js';
import { MESSAGE_STATE } from './schema.js';
import { leaveWindow } from './window-entries.js';
import { requeueExpired } from './settle.js';

/** Does what is due, oldest first, at most `limit` steps. */
export function advance(ledger: Ledger, now: number, limit: number): AdvanceReport {
  const closed: ClosedWindow[] = [];
  let expired = 0;
  let steps = 0;
  const { due } = ledger;
  while (steps < limit) {
    const at = due.peekKey() ?? Infinity;
    if (at > now) break;
    const id = due.peekId();
    const kind = due.peekTag() as DueKind;
    due.pop();
    steps++;
    switch (kind) {
      case DUE.window:
        closeIfDue(ledger, ledger.windows.byMessage(id), at, now, closed);
        break;
      case DUE.ready:
        readyIfDue(ledger, id, at, now);
        break;
      case DUE.expiry:
        if (expireIfLive(ledger, id, now)) expired++;
        break;
      case DUE.allowance:
        lapse(ledger, id);
        break;
      case DUE.lease: {
        const sending = ledger.claims.get(id);
        // The entry of an earlier claim comes up at another time.
        if (sending?.dueAt === at) requeueExpired(ledger, sending, now);
        break;
      }
    }
  }
  return { closed, expired, more: (due.peekKey() ?? Infinity) <= now };
}

function closeIfDue(ledger: Ledger, window: OpenWindow | undefined, at: number, now: number, closed: ClosedWindow[]): void {
  if (window === undefined) return;
  // It is due later than when this entry of the heap was made; in the order of times it has still to come.
  if (window.dueAt > at) ledger.due.push(window.dueAt, window.id, DUE.window);
  else closed.push(closeWindow(ledger, window, 'time', now));
}

function readyIfDue(ledger: Ledger, id: number, at: number, now: number): void {
  if (!ledger.scheduled.has(id)) return;
  const row = ledger.message(id);
  const readyAt = row?.ready_at ?? now;
  if (readyAt > at) {
    ledger.due.push(readyAt, id, DUE.ready);
    return;
  }
  ledger.scheduled.delete(id);
  if (row?.state === MESSAGE_STATE.queued) ledger.queue(row, readyAt, now);
}

function expireIfLive(ledger: Ledger, id: number, now: number): boolean {
  const entry = ledger.delivery(id);
  if (entry === undefined || entry.state !== 0 || ledger.claims.has(entry.message)) return false;
  const window = ledger.windows.byMessage(entry.message);
  if (window !== undefined) {
    leaveWindow(ledger, window, entry, 'expired', now);
    return true;
  }
  const row = ledger.message(entry.message);
  if (row?.state !== MESSAGE_STATE.queued) return false;
  expire(ledger, row, entry, now);
  if (row.count === 1) ledger.unqueue(row);
  return true;
}
