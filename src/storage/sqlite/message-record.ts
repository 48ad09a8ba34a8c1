import { type MessageRecord } from '../notification-store.js';
import { MESSAGE_DELIVERIES } from '../page.js';
import { chainFrom } from './chain.js';
import { messageOf } from './claim.js';
import { errorsOf } from './content.js';
import { type Ledger } from './ledger.js';
import { deliveryView, stateOf } from './views.js';

/** A message with its newest deliveries and its attempts. */
export function messageRecord(ledger: Ledger, messageId: string): MessageRecord | undefined {
  const row = ledger.message(ledger.privateId('m', messageId));
  if (row === undefined) return undefined;
  const window = ledger.windows.byMessage(row.id);
  const current =
    window === undefined
      ? row
      : { ...row, count: window.count, tail: window.tail, priority: ledger.priorityOf(window), due_at: window.dueAt };
  const entries = [...chainFrom(ledger, row.id, current.tail, MESSAGE_DELIVERIES)].reverse();
  const live = entries.filter(({ state }) => state === 0);
  return {
    message: messageOf(ledger, current, live),
    count: current.count,
    state: stateOf(ledger, row),
    deliveries: entries.map((entry) => deliveryView(ledger, entry, row)),
    errors: errorsOf(row.errors),
    ...(row.answer === null ? {} : { answer: row.answer }),
    attempts: row.attempts,
    updatedAt: row.updated_at,
    ...(window === undefined ? {} : { dueAt: window.dueAt }),
    ...(row.closed_at === null || row.closed_by === null ? {} : { closed: { at: row.closed_at, by: row.closed_by } }),
  };
}
