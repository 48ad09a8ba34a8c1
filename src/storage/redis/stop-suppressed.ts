import { isStopped } from '../../model/suppression.js';
import { type CancelReport, type Slice, type Sliced } from '../notification-store.js';
import { pendingSlice } from './address-slice.js';
import { type RowReader } from './read-rows.js';
import { type Work } from './work.js';

/** Cancels what waits for an address that is suppressed. The cursor is the last message looked at. */
export async function cancelSuppressed(
  work: Work,
  reader: RowReader,
  channel: string,
  address: string,
  requiredTypes: ReadonlySet<string>,
  slice: Slice,
): Promise<Sliced<CancelReport>> {
  const { now } = slice;
  const { messages, next } = await pendingSlice(work, reader, channel, address, slice);
  const waiting = messages.filter(({ state }) => state !== 'sending');
  await Promise.all([work.suppressed.load([{ channel, address }]), work.deliveries.loadOf(waiting)]);
  const reasons = work.suppressed.reasonsOf({ channel, address }, now);
  let cancelled = 0;
  for (const message of waiting) {
    for (const delivery of work.deliveries.liveOf(message)) {
      const { priority, type } = delivery.content;
      if (!isStopped(reasons, { isCritical: priority === 'critical', isRequired: requiredTypes.has(type) })) continue;
      work.endAlone(message, delivery, 'cancelled', 'suppressed', now);
      cancelled++;
    }
  }
  const kept = messages.filter(({ state }) => state === 'sending').reduce((sum, { count }) => sum + count, 0);
  return { cancelled, kept, ...next };
}
