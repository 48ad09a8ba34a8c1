import { type ClaimedMessage } from '../../model/message.js';
import { messageOf } from './claim.js';
import { type Ledger } from './ledger.js';

/** An open window as the message it would be if it closed now. */
export function previewOf(ledger: Ledger, messageId: string): ClaimedMessage | undefined {
  const window = ledger.windows.byMessage(ledger.privateId('m', messageId));
  const row = window === undefined ? undefined : ledger.message(window.id);
  if (window === undefined || row === undefined) return undefined;
  const current = { ...row, priority: ledger.priorityOf(window), count: window.count, tail: window.tail, due_at: window.dueAt };
  return messageOf(ledger, current, ledger.entries(window.id, window.tail));
}
