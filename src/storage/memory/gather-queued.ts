import { windowKey } from '../../model/decisions/window-key.js';
import { timesAfterEntry } from '../../model/decisions/window-times.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { live, type MemoryDelivery, type MemoryWindow } from './records.js';

/** Appends a delivery to a window; one with its dedupe key ends in its favour. */
export function enter(window: MemoryWindow, delivery: MemoryDelivery, now: number, restartsUntil?: number): void {
  const { content, acceptedAt } = delivery;
  const { dedupeKey, expiresAt } = content;
  const older = dedupeKey === undefined ? undefined : live(window).find((other) => other.content.dedupeKey === dedupeKey);
  if (older !== undefined) older.ended = { state: 'replaced', reason: 'replaced', at: now };
  delivery.message = window;
  window.deliveries.push(delivery);
  window.times = timesAfterEntry(window.policy, window.times, { acceptedAt, expiresAt, restartsUntil }, window.notBefore);
}

/** Takes into the window of a burst, before its first entry, what went out at once and is still queued. */
export function gatherQueued(store: MemoryStoreState, window: MemoryWindow, now: number): void {
  const { policy } = window;
  const passed = [...store.messages.values()].filter(
    (message) =>
      message.state === 'queued' &&
      message.channel === window.channel &&
      message.address === window.address &&
      message.attempts === 0 &&
      message.lastError === undefined &&
      JSON.stringify(message.policy) === JSON.stringify(policy) &&
      live(message).every(({ content }) => windowKey(content, window.address, policy) === window.key),
  );
  const gathered = passed.flatMap(live).sort((a, b) => a.id - b.id);
  for (const message of passed) {
    message.deliveries = message.deliveries.filter(({ ended }) => ended !== undefined);
    message.state = 'ended';
    message.updatedAt = now;
  }
  for (const delivery of gathered) enter(window, delivery, now);
}
