import { type PruneReport } from '../notification-store.js';
import { type MemoryLedger } from './memory-ledger.js';

/** Drops what ended before `before`; its counts stay. */
export function prune(ledger: MemoryLedger, before: number, historyBefore: number, limit: number): PruneReport {
  let deliveries = 0;
  let messages = 0;
  for (const [key, { at }] of ledger.idempotency) if (at < before) ledger.idempotency.delete(key);
  for (const [key, { at }] of ledger.history) if (at < historyBefore) ledger.history.delete(key);
  for (const message of ledger.messages.values()) {
    if (message.state !== 'delivered' && message.state !== 'dead' && message.state !== 'ended') continue;
    if (message.updatedAt >= before) continue;
    if (messages === limit) return { deliveries, messages, more: true };
    for (const delivery of message.deliveries) {
      ledger.prunedCounts.push(ledger.countRow(delivery));
      ledger.deliveries.delete(delivery.id);
    }
    deliveries += message.deliveries.length;
    messages++;
    ledger.messages.delete(message.id);
  }
  return { deliveries, messages, more: false };
}
