import { type FailureReason } from '../../model/failure.js';
import { typeOf } from './content.js';
import { type Delivery, type Message, MESSAGE_STATE } from './rows.js';
import { addType } from './type-counts.js';
import { type Work } from './work.js';

/**
 * Ends one delivery of a queued message that this transaction holds; the last one ends the message.
 *
 * @returns whether the message ended with it; it must leave the queue then
 */
export function endAlone(
  work: Work,
  message: Message,
  entry: Delivery,
  state: 'cancelled' | 'expired',
  reason: FailureReason,
  now: number,
): boolean {
  const type = typeOf(entry.json, message);
  work.deliveries.end(entry, state, reason, now);
  work.counts.move(message.channel, type, message.route, 'queued', state);
  work.noteEnded(message, entry, { state, reason, at: now });
  addType(message.types, type, -1);
  message.count--;
  message.updatedAt = now;
  work.messages.touch(message);
  if (message.count > 0) return false;
  message.state = MESSAGE_STATE.ended;
  return true;
}
