import { DELIVERY_STATES } from '../../model/delivery.js';
import { type AdvanceReport, type ClosedWindow } from '../notification-store.js';
import { expire } from './claim.js';
import { closeWindow } from './close.js';
import { typeOf } from './content.js';
import { type Ledger } from './ledger.js';
import { DUE, type DueKind } from './number-heap.js';
import { type OpenWindow } from './open-windows.js';
import { type DeliveryRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';
import { requeueExpired } from './settle.js';

const EXPIRED = DELIVERY_STATES.indexOf('expired');

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
      case DUE.lease: {
        const sending = ledger.sending.get(id);
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
  // Its due moment moved on since this entry of the heap was made; in the order of moments it has still to come.
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
  if (entry === undefined || entry.state !== 0 || ledger.sending.has(entry.message)) return false;
  const window = ledger.windows.byMessage(entry.message);
  if (window !== undefined) {
    leaveWindow(ledger, window, entry, EXPIRED, now);
    ledger.counters.move(window.channel, typeOf(entry, window), routeOf(ledger, window), 'gathering', 'expired', 1);
    return true;
  }
  const row = ledger.message(entry.message);
  if (row?.state !== MESSAGE_STATE.queued) return false;
  expire(ledger, row, entry, now);
  if (row.count === 1) ledger.unqueue(row);
  return true;
}

/** Takes a live delivery out of an open window; the window keeps its time. */
export function leaveWindow(ledger: Ledger, window: OpenWindow, entry: DeliveryRow, state: number, now: number): void {
  ledger.db.sql('UPDATE delivery SET state = ?, ended_at = ? WHERE id = ?').run(state, now, entry.id);
  if (entry.priority === window.priority) window.vague = true;
  window.count--;
  ledger.windows.items--;
  if (entry.dedupe !== null && window.dedupe?.get(entry.dedupe) === entry.id) window.dedupe.delete(entry.dedupe);
}

export function routeOf(ledger: Ledger, window: OpenWindow): number {
  return ledger.message(window.id)?.route ?? 0;
}
