import { isStopped } from '../../model/suppression.js';
import { type CancelReport, type Slice, type Sliced } from '../notification-store.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { endAlone, live, type MemoryDelivery } from './records.js';
import { sliceOf } from './slices.js';

/** Ends those of an address that its suppressions stop. */
export function stopSuppressed(
  store: MemoryStoreState,
  deliveries: readonly MemoryDelivery[],
  requiredTypes: ReadonlySet<string>,
  now: number,
): number {
  let stopped = 0;
  for (const delivery of deliveries) {
    const { content, message } = delivery;
    const reasons = store.suppressions.reasons(message.channel, message.address, now);
    const facts = { isCritical: content.priority === 'critical', isRequired: requiredTypes.has(content.type) };
    if (!isStopped(reasons, facts)) continue;
    endAlone(delivery, { state: 'cancelled', reason: 'suppressed', at: now });
    stopped++;
  }
  return stopped;
}

/** Cancels what waits for an address that is suppressed. */
export function cancelSuppressed(
  store: MemoryStoreState,
  channel: string,
  address: string,
  requiredTypes: ReadonlySet<string>,
  slice: Slice,
): Sliced<CancelReport> {
  const pending = [...store.messages.values()].filter(
    (message) =>
      message.channel === channel && message.address === address && ['gathering', 'queued', 'sending'].includes(message.state),
  );
  const { items, next } = sliceOf(pending, slice, store.nextMessage - 1);
  let [cancelled, kept] = [0, 0];
  for (const message of items) {
    if (message.state === 'sending') kept += live(message).length;
    else cancelled += stopSuppressed(store, live(message), requiredTypes, slice.now);
  }
  return { cancelled, kept, ...next };
}
