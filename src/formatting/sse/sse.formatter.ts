import { type ClaimedMessage } from '../../model/message.js';
import { type SseBatch } from '../../transports/sse/sse-content.js';
import { type Formatter } from '../formatter.js';

/** The built-in formatter of the in-app stream: everything as it was accepted, in order. */
export const sseFormatter: Formatter<SseBatch> = {
  format(message: ClaimedMessage): SseBatch {
    const types = new Set(message.entries.map(({ content }) => content.type));
    return {
      batchId: message.messageId,
      type: types.size === 1 ? message.type : 'mixed',
      reason: reasonOf(message),
      count: message.entries.length,
      events: message.entries.map(({ deliveryId, acceptedAt, content }) => ({
        id: deliveryId,
        type: content.type,
        title: content.title,
        ...(content.body === undefined ? {} : { body: content.body }),
        ...(content.actor === undefined ? {} : { actor: content.actor }),
        ...(content.data === undefined ? {} : { data: content.data }),
        priority: content.priority,
        at: new Date(acceptedAt).toISOString(),
      })),
    };
  },
};

function reasonOf({ policy, entries, openedAt, queuedAt }: ClaimedMessage): SseBatch['reason'] {
  if (policy === undefined) return 'flush';
  if (entries.length >= policy.maxCount) return 'size';
  return queuedAt - openedAt >= policy.windowMs ? 'time' : 'flush';
}
