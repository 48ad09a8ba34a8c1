import { type PruneReport, type PruneRequest } from '../notification-store.js';
import { dropAttachments } from './attachments.js';
import { type MemoryLedger } from './memory-ledger.js';

/** Drops what is old enough; the counts of deliveries stay. A message counts as a row, and so does each of its deliveries. */
export function prune(ledger: MemoryLedger, request: PruneRequest): PruneReport {
  const report = pruneRecords(ledger, request);
  dropAttachments(ledger);
  return report;
}

function pruneRecords(ledger: MemoryLedger, { finishedBefore, keysBefore, historyBefore, limit }: PruneRequest): PruneReport {
  let left = limit;
  let deliveries = 0;
  let messages = 0;
  for (const [key, { at }] of ledger.idempotency) if (at < keysBefore) ledger.idempotency.delete(key);
  for (const [key, { at }] of ledger.history) if (at < historyBefore) ledger.history.delete(key);
  for (const message of ledger.messages.values()) {
    if (message.state !== 'delivered' && message.state !== 'dead' && message.state !== 'ended') continue;
    if (message.updatedAt >= finishedBefore) continue;
    if (message.sequence !== undefined) ledger.prunedSequence(message.channel, message.sequence);
    const dropped = message.deliveries.splice(-left, left);
    for (const delivery of dropped) {
      ledger.prunedCounts.push(ledger.countRow(delivery));
      ledger.deliveries.delete(delivery.id);
    }
    deliveries += dropped.length;
    left -= dropped.length;
    if (left <= 0) return { deliveries, messages, more: true };
    messages++;
    left--;
    ledger.messages.delete(message.id);
    if (left === 0) return { deliveries, messages, more: true };
  }
  return { deliveries, messages, more: false };
}
