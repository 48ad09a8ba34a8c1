import { type AdvanceReport, type ClosedWindow } from '../notification-store.js';
import { expire, requeueExpired } from './claim.js';
import { closeWindow } from './close.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { isWindow } from './records.js';

/** Does what is due, oldest first, at most `limit` steps. */
export function advance(store: MemoryStoreState, now: number, limit: number): AdvanceReport {
  const closed: ClosedWindow[] = [];
  let expired = 0;
  for (const { key, until } of store.allowances.values()) if (until <= now) store.allowances.delete(key);
  const dues = store.dues().filter(({ at }) => at <= now);
  for (const { id, kind } of dues.slice(0, limit)) {
    const message = store.messages.get(id);
    const delivery = store.deliveries.get(id);
    if (kind === 'window' && message !== undefined && isWindow(message)) closed.push(closeWindow(store, message, 'time', now));
    if (kind === 'ready' && message?.state === 'queued') store.queue(message, message.readyAt, now);
    if (kind === 'lease' && message?.state === 'sending') {
      requeueExpired(store, message, 'the lease ended before the worker reported the result', now);
    }
    if (kind === 'expiry' && delivery?.ended === undefined && delivery !== undefined) {
      expire(delivery, now);
      expired++;
    }
  }
  return { closed, expired, more: (store.dues()[0]?.at ?? Infinity) <= now };
}
