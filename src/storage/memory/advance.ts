import { type AdvanceReport, type ClosedWindow } from '../notification-store.js';
import { expire, requeueExpired } from './claim.js';
import { closeWindow } from './close.js';
import { type MemoryLedger } from './memory-ledger.js';
import { isWindow } from './records.js';

/** Does what is due, oldest first, at most `limit` steps. */
export function advance(ledger: MemoryLedger, now: number, limit: number): AdvanceReport {
  const closed: ClosedWindow[] = [];
  let expired = 0;
  for (const { key, until } of ledger.allowances.values()) if (until <= now) ledger.allowances.delete(key);
  const dues = ledger.dues().filter(({ at }) => at <= now);
  for (const { id, kind } of dues.slice(0, limit)) {
    const message = ledger.messages.get(id);
    const delivery = ledger.deliveries.get(id);
    if (kind === 'window' && message !== undefined && isWindow(message)) closed.push(closeWindow(ledger, message, 'time', now));
    if (kind === 'ready' && message?.state === 'queued') ledger.queue(message, message.readyAt, now);
    if (kind === 'lease' && message?.state === 'sending') {
      requeueExpired(ledger, message, 'the lease ended before the worker reported the result', now);
    }
    if (kind === 'expiry' && delivery?.ended === undefined && delivery !== undefined) {
      expire(delivery, now);
      expired++;
    }
  }
  return { closed, expired, more: (ledger.dues()[0]?.at ?? Infinity) <= now };
}
