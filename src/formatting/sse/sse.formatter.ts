import { type ClaimedMessage } from '../../model/message.js';
import { type SseBatch } from '../../transports/sse/sse-content.js';
import { entryItems } from '../entry-items.js';
import { type Formatter } from '../formatter.js';

/** The built-in formatter of the in-app stream: everything as it was accepted, in order. */
export const sseFormatter: Formatter<SseBatch> = {
  format(message: ClaimedMessage): SseBatch {
    const { type, items } = entryItems(message);
    return { batchId: message.messageId, type, reason: reasonOf(message), count: items.length, events: items };
  },
};

function reasonOf({ policy, entries, openedAt, queuedAt }: ClaimedMessage): SseBatch['reason'] {
  if (policy === undefined) return 'flush';
  if (entries.length >= policy.maxCount) return 'size';
  return queuedAt - openedAt >= policy.windowMs ? 'time' : 'flush';
}
