import { type MessageRecord } from '../notification-store.js';
import { MESSAGE_DELIVERIES } from '../page.js';
import { claimedMessage } from './claim.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { live } from './records.js';
import { deliveryView } from './views.js';

/** A message with its newest deliveries and its attempts. */
export function messageRecord(store: MemoryStoreState, messageId: string): MessageRecord | undefined {
  const found = store.message(messageId);
  if (found === undefined) return undefined;
  const deliveries = found.deliveries.slice(-MESSAGE_DELIVERIES);
  const { closed } = found;
  return {
    message: claimedMessage(store, { ...found, deliveries }),
    count: live(found).length,
    state: found.state === 'ended' ? 'cancelled' : found.state,
    deliveries: deliveries.map((delivery) => deliveryView(store, delivery)),
    errors: found.errors ?? [],
    ...(found.answer === undefined ? {} : { answer: found.answer }),
    attempts: found.attempts,
    updatedAt: found.updatedAt,
    ...(found.state === 'gathering' ? { dueAt: found.times.dueAt } : {}),
    ...(closed === undefined ? {} : { closed: { at: closed.at, by: closed.reason } }),
  };
}
