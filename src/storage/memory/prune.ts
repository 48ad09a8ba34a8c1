import { type PruneReport, type PruneRequest } from '../notification-store.js';
import { dropAttachments } from './attachments.js';
import { type MemoryStoreState } from './memory-store-state.js';

/** Drops what is old enough; the counts of deliveries stay. A message counts as a row, and so does each of its deliveries. */
export function prune(store: MemoryStoreState, request: PruneRequest): PruneReport {
  const report = pruneRecords(store, request);
  dropAttachments(store);
  return report;
}

function pruneRecords(store: MemoryStoreState, { finishedBefore, keysBefore, historyBefore, limit }: PruneRequest): PruneReport {
  let left = limit;
  let deliveries = 0;
  let messages = 0;
  for (const [key, { at }] of store.idempotency) if (at < keysBefore) store.idempotency.delete(key);
  for (const [key, { at }] of store.history) if (at < historyBefore) store.history.delete(key);
  for (const message of store.messages.values()) {
    if (message.state !== 'delivered' && message.state !== 'dead' && message.state !== 'ended') continue;
    if (message.updatedAt >= finishedBefore) continue;
    if (message.sequence !== undefined) store.prunedSequence(message.channel, message.sequence);
    const dropped = message.deliveries.splice(-left, left);
    for (const delivery of dropped) {
      store.prunedCounts.push(store.countRow(delivery));
      store.deliveries.delete(delivery.id);
    }
    deliveries += dropped.length;
    left -= dropped.length;
    if (left <= 0) return { deliveries, messages, more: true };
    messages++;
    left--;
    store.messages.delete(message.id);
    if (left === 0) return { deliveries, messages, more: true };
  }
  return { deliveries, messages, more: false };
}
