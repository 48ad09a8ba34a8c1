import { timesAfterEntry } from '../../model/decisions/window-times.js';
import { type FailureReason } from '../../model/failure.js';
import { ROUTE_NUMBER } from '../persisted.js';
import { endWindow } from './close.js';
import { typeOf } from './content.js';
import { type Delivery, type OpenWindow } from './rows.js';
import { setTimes } from './window-set.js';
import { addType } from './type-counts.js';
import { type Work } from './work.js';

const AGGREGATE = ROUTE_NUMBER.aggregate;

/**
 * Appends a delivery to a window.
 *
 * @param older the live one with its dedupe key, which ends in its favour
 * @param restartsUntil see `EntryTimes`
 */
export function joinWindow(
  work: Work,
  window: OpenWindow,
  entry: Delivery,
  type: string,
  older: Delivery | undefined,
  now: number,
  restartsUntil?: number,
): void {
  if (older !== undefined) {
    const olderType = typeOf(older.json, window);
    work.deliveries.end(older, 'replaced', 'replaced', now);
    if (older.rank === window.rank) window.rankStale = true;
    addType(window.types, olderType, -1);
    window.count--;
    work.counts.move(window.channel, olderType, AGGREGATE, 'gathering', 'replaced');
    work.noteEnded(window, older, { state: 'replaced', reason: 'replaced', at: now });
  }
  window.count++;
  addType(window.types, type, 1);
  // The first one makes it as urgent as it is.
  if (window.count === 1) window.rankStale = false;
  window.rank = window.count === 1 ? entry.rank : Math.min(window.rank, entry.rank);
  window.first = Math.min(window.first, entry.id);
  window.last = Math.max(window.last, entry.id);
  window.lastAt = entry.at;
  work.counts.add(window.channel, type, AGGREGATE, 'gathering', 1);
  const times = { acceptedAt: entry.at, expiresAt: entry.expiresAt ?? undefined, restartsUntil };
  setTimes(window, timesAfterEntry(window.policy, window, times, window.notBefore));
  work.windows.touch(window);
  work.gathering.joined(window);
}

/** Takes a live delivery out of an open window, which keeps its time. A window that nothing is left in is no longer open. */
export function leaveWindow(
  work: Work,
  window: OpenWindow,
  entry: Delivery,
  state: 'cancelled' | 'expired',
  now: number,
  reason: FailureReason = state,
): void {
  const type = typeOf(entry.json, window);
  work.deliveries.end(entry, state, reason, now);
  work.counts.move(window.channel, type, AGGREGATE, 'gathering', state);
  work.noteEnded(window, entry, { state, reason, at: now });
  if (entry.rank === window.rank) window.rankStale = true;
  addType(window.types, type, -1);
  window.count--;
  work.windows.touch(window);
  work.similarityGroups.forget(window.like);
  if (window.count === 0) endWindow(work, window, now);
}
