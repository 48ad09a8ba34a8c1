import { type ClaimedMessage } from '../../model/message.js';
import { messageOf } from './claim.js';
import { type StoreState } from './store-state.js';

/** An open window as the message it would be if it closed now. */
export function previewOf(store: StoreState, messageId: string): ClaimedMessage | undefined {
  const window = store.windows.byMessage(store.privateId('m', messageId));
  const row = window === undefined ? undefined : store.message(window.id);
  if (window === undefined || row === undefined) return undefined;
  const current = { ...row, priority: store.priorityOf(window), count: window.count, tail: window.tail, due_at: window.dueAt };
  return messageOf(store, current, store.entries(window.id, window.tail));
}
