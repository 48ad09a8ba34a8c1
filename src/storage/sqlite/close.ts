import { PRIORITIES } from '../../model/notification.js';
import { type CloseShape, closedWindow, mayCloseEarly, readyAtClose, shapeAtClose } from '../../model/decisions/closing.js';
import { type CloseReason } from '../../model/window.js';
import { type ClosedWindow, type WindowFilter } from '../notification-store.js';
import { moveTo, releaseLive } from './chain.js';
import { typeOf } from './content.js';
import { type Ledger } from './ledger.js';
import { type OpenWindow } from './open-windows.js';
import { endMessage, insertQueued } from './message-row.js';
import { MESSAGE_STATE } from './schema.js';

/**
 * Closes a window: from here its message's entries are settled, and a late one opens the next window.
 *
 * @param leastRank of priority that its message gets, whatever is in it
 */
export function closeWindow(
  ledger: Ledger,
  window: OpenWindow,
  reason: CloseReason,
  now: number,
  leastRank = PRIORITIES.length,
): ClosedWindow {
  return closeAs(ledger, window, shapeAtClose(window.policy, window.count), reason, now, leastRank);
}

/** The same where the shape does not follow from the window's own policy. */
export function closeAs(
  ledger: Ledger,
  window: OpenWindow,
  shape: CloseShape,
  reason: CloseReason,
  now: number,
  leastRank = PRIORITIES.length,
): ClosedWindow {
  ledger.windows.remove(window);
  switch (shape) {
    case 'digest':
      queueDigest(ledger, window, now, leastRank);
      break;
    case 'individual':
      queueIndividually(ledger, window, now);
      break;
  }
  return closedWindow(ledger.publicId('m', window.id), window, reason, now);
}

/** Closes what matches; windows that wait for their entries' `sendAt` are left to it. */
export function closeMatching(ledger: Ledger, filter: WindowFilter, reason: CloseReason, now: number): ClosedWindow[] {
  const id = filter.messageId === undefined ? undefined : ledger.privateId('m', filter.messageId);
  const one = id === undefined ? undefined : ledger.windows.byMessage(id);
  const candidates = id === undefined ? [...ledger.windows.all()] : one === undefined ? [] : [one];
  return candidates
    .filter((window) => matches(window, filter) && mayCloseEarly(window, now))
    .map((window) => closeWindow(ledger, window, reason, now));
}

/** Closes the largest, the oldest of them first. */
export function closeLargest(ledger: Ledger, deliveries: number, limit: number, now: number): ClosedWindow[] {
  const candidates = [...ledger.windows.all()].filter((window) => mayCloseEarly(window, now));
  const closed: ClosedWindow[] = [];
  let left = deliveries;
  for (const window of candidates.sort((a, b) => b.count - a.count)) {
    if (left <= 0 || closed.length >= limit) break;
    left -= window.count;
    closed.push(closeWindow(ledger, window, 'pressure', now));
  }
  return closed;
}

export function matches(window: OpenWindow, { channel, type, address }: WindowFilter): boolean {
  return (
    (channel === undefined || window.channel === channel) &&
    (type === undefined || window.type === type) &&
    (address === undefined || window.address === address)
  );
}

function queueDigest(ledger: Ledger, window: OpenWindow, now: number, leastRank: number): void {
  const rank = Math.min(leastRank, ledger.priorityOf(window));
  const readyAt = readyAtClose(window, now);
  ledger.db
    .sql(
      'UPDATE message SET state = ?, count = ?, tail = ?, priority = ?, queued_at = ?, ready_at = ?, updated_at = ? WHERE id = ?',
    )
    .run(MESSAGE_STATE.queued, window.count, window.tail, rank, readyAt, readyAt, now, window.id);
  const row = ledger.message(window.id);
  if (row === undefined) return;
  ledger.count(row, 'gathering', 'queued');
  ledger.queue(row, readyAt, now);
}

/** Too few for a digest: each goes on in a message of its own. */
function queueIndividually(ledger: Ledger, window: OpenWindow, now: number): void {
  endWindow(ledger, window, now);
  const ended = ledger.message(window.id);
  const readyAt = readyAtClose(window, now);
  for (const entry of releaseLive(ledger, window.id, window.tail)) {
    const id = ledger.nextMessage++;
    const type = typeOf(entry, window);
    const row = {
      id,
      channel: window.channel,
      address: window.address,
      type,
      route: ended?.route ?? 0,
      priority: entry.priority,
      attempts: 0,
      openedAt: entry.at,
    };
    insertQueued(ledger, row, entry.id, now, readyAt, ledger.policyId(window.policy));
    moveTo(ledger, entry.id, id, 0);
    ledger.counters.move(row.channel, type, row.route, 'gathering', 'queued', 1);
    ledger.queue(row, readyAt, now);
  }
}

/** Nothing is left of its entries, or they go on in messages of their own. */
export function endWindow(ledger: Ledger, window: OpenWindow, now: number): void {
  ledger.db.sql('UPDATE message SET tail = ? WHERE id = ?').run(window.tail, window.id);
  endMessage(ledger, window.id, now);
}
