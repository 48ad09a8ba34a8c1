import { type AdvanceReport, type ClosedWindow } from '../notification-store.js';
import { lapse } from './allowances.js';
import { expire } from './end-alone.js';
import { closeWindow } from './close.js';
import { type StoreState } from './store-state.js';
import { DUE, type DueKind } from './number-heap.js';
import { type OpenWindow } from './open-windows.js';
import { MESSAGE_STATE } from './schema.js';
import { leaveWindow } from './window-entries.js';
import { requeueExpired } from './settle.js';

/** Does what is due, oldest first, at most `limit` steps. */
export function advance(store: StoreState, now: number, limit: number): AdvanceReport {
  const closed: ClosedWindow[] = [];
  let expired = 0;
  let steps = 0;
  const { due } = store;
  while (steps < limit) {
    const at = due.peekKey() ?? Infinity;
    if (at > now) break;
    const id = due.peekId();
    const kind = due.peekTag() as DueKind;
    due.pop();
    steps++;
    switch (kind) {
      case DUE.window:
        closeIfDue(store, store.windows.byMessage(id), at, now, closed);
        break;
      case DUE.ready:
        readyIfDue(store, id, at, now);
        break;
      case DUE.expiry:
        if (expireIfLive(store, id, now)) expired++;
        break;
      case DUE.allowance:
        lapse(store, id);
        break;
      case DUE.lease: {
        const sending = store.claims.get(id);
        // The entry of an earlier claim comes up at another time.
        if (sending?.dueAt === at) requeueExpired(store, sending, now);
        break;
      }
    }
  }
  return { closed, expired, more: (due.peekKey() ?? Infinity) <= now };
}

function closeIfDue(store: StoreState, window: OpenWindow | undefined, at: number, now: number, closed: ClosedWindow[]): void {
  if (window === undefined) return;
  // It is due later than when this entry of the heap was made; in the order of times it has still to come.
  if (window.dueAt > at) store.due.push(window.dueAt, window.id, DUE.window);
  else closed.push(closeWindow(store, window, 'time', now));
}

function readyIfDue(store: StoreState, id: number, at: number, now: number): void {
  if (!store.scheduled.has(id)) return;
  const row = store.message(id);
  const readyAt = row?.ready_at ?? now;
  if (readyAt > at) {
    store.due.push(readyAt, id, DUE.ready);
    return;
  }
  store.scheduled.delete(id);
  if (row?.state === MESSAGE_STATE.queued) store.queue(row, readyAt, now);
}

function expireIfLive(store: StoreState, id: number, now: number): boolean {
  const entry = store.delivery(id);
  if (entry === undefined || entry.state !== 0 || store.claims.has(entry.message)) return false;
  const window = store.windows.byMessage(entry.message);
  if (window !== undefined) {
    leaveWindow(store, window, entry, 'expired', now);
    return true;
  }
  const row = store.message(entry.message);
  if (row?.state !== MESSAGE_STATE.queued) return false;
  expire(store, row, entry, now);
  if (row.count === 1) store.unqueue(row);
  return true;
}
