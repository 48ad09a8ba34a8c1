import { type ClaimedMessage, type Lane, type Settlement } from '../model/message.js';
import { type NotificationEvent } from '../model/notification-events.js';
import { type MessageResult } from './batch-sender.js';

/** A batch whose messages all have a result. */
interface EndedBatch {
  readonly messages: readonly ClaimedMessage[];
  /** One a message, in the same order. */
  readonly settlements: readonly Settlement[];
  readonly results: readonly MessageResult[];
  /** Messages that the transport was given. */
  readonly handed: number;
}

/** What the event of a batch that ended says. */
export function batchFinished(
  channel: string,
  lane: Lane,
  { messages, settlements, results, handed }: EndedBatch,
  startedAt: number,
  now: number,
): NotificationEvent<'batchFinished'> {
  return {
    channel,
    lane,
    size: handed,
    durationMs: now - startedAt,
    messages: messages.map((message, index) => {
      const result = results[index];
      return {
        messageId: message.messageId,
        address: message.address,
        type: message.type,
        count: message.entries.length,
        outcome: settlements[index]?.outcome ?? 'retry',
        ...(result?.status === 'failed' ? { reason: result.failure.reason } : {}),
        latencyMs: Math.max(0, now - message.queuedAt),
        bufferMs: Math.max(0, message.queuedAt - message.openedAt),
      };
    }),
  };
}
