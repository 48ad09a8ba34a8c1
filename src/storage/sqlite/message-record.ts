import { type MessageRecord } from '../notification-store.js';
import { MESSAGE_DELIVERIES } from '../page.js';
import { chainFrom } from './chain.js';
import { messageOf } from './claim.js';
import { errorsOf } from './content.js';
import { type StoreState } from './store-state.js';
import { deliveryView, stateOf } from './views.js';

/** A message with its newest deliveries and its attempts. */
export function messageRecord(store: StoreState, messageId: string): MessageRecord | undefined {
  const row = store.message(store.privateId('m', messageId));
  if (row === undefined) return undefined;
  const window = store.windows.byMessage(row.id);
  const current =
    window === undefined
      ? row
      : { ...row, count: window.count, tail: window.tail, priority: store.priorityOf(window), due_at: window.dueAt };
  const entries = [...chainFrom(store, row.id, current.tail, MESSAGE_DELIVERIES)].reverse();
  const live = entries.filter(({ state }) => state === 0);
  return {
    message: messageOf(store, current, live),
    count: current.count,
    state: stateOf(store, row),
    deliveries: entries.map((entry) => deliveryView(store, entry, row)),
    errors: errorsOf(row.errors),
    ...(row.answer === null ? {} : { answer: row.answer }),
    attempts: row.attempts,
    updatedAt: row.updated_at,
    ...(window === undefined ? {} : { dueAt: window.dueAt }),
    ...(row.closed_at === null || row.closed_by === null ? {} : { closed: { at: row.closed_at, by: row.closed_by } }),
  };
}
