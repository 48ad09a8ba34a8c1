import { type ClaimedMessage } from '../../model/message.js';
import { type CloseReason } from '../../model/window.js';
import { type SseBatch } from '../../transports/sse/sse-content.js';
import { entryItems } from '../entry-items.js';
import { type ImmediateFormatter } from '../formatter.js';

/** The built-in formatter of the in-app stream: everything as it was accepted, in order. */
export const sseFormatter: ImmediateFormatter<SseBatch> = {
  format(message: ClaimedMessage): SseBatch {
    const { type, items } = entryItems(message);
    return { batchId: message.messageId, type, reason: reasonOf(message), count: items.length, events: items };
  },
};

const REASONS: Partial<Record<CloseReason, SseBatch['reason']>> = { count: 'size', time: 'time' };

function reasonOf({ policy, window, entries, openedAt, queuedAt }: ClaimedMessage): SseBatch['reason'] {
  // What goes ahead of a window has its policy, and no window.
  if (policy === undefined || window === undefined) return 'direct';
  if (window.closedBy !== undefined) return REASONS[window.closedBy] ?? 'flush';
  if (entries.length >= policy.maxCount) return 'size';
  return queuedAt - openedAt >= policy.windowMs ? 'time' : 'flush';
}
