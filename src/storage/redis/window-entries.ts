import { timesAfterEntry } from '../../model/decisions/window-times.js';
import { type Delivery, type OpenWindow } from './message.js';
import { type Work } from './work.js';

/**
 * Counts a delivery in a window that it was appended to; one with its dedupe key ends in its favour.
 *
 * @param restartsUntil see `EntryTimes`
 */
export async function joinWindow(
  work: Work,
  window: OpenWindow,
  delivery: Delivery,
  now: number,
  restartsUntil?: number,
): Promise<void> {
  const { content, acceptedAt } = delivery;
  const { dedupeKey, expiresAt } = content;
  // It counts before the older one ends, so that the window is never without one.
  work.enter(window, delivery);
  if (dedupeKey !== undefined) {
    const olderId = await work.dedupe.find(window, dedupeKey);
    const [older] = olderId === undefined ? [] : await work.deliveries.load([olderId]);
    if (older !== undefined) work.endEntry(window, older, 'replaced', 'replaced', now);
    work.dedupe.set(window, dedupeKey, delivery.id);
  }
  window.times = timesAfterEntry(window.policy, window.times, { acceptedAt, expiresAt, restartsUntil }, window.notBefore);
}
