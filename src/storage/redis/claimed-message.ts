import { type ClaimedMessage } from '../../model/message.js';
import { LEAST_URGENT, PRIORITY_NUMBER, priorityAt } from '../persisted.js';
import { type Context } from './context.js';
import { type Delivery, type Message } from './message.js';
import { laneOf } from './places.js';

/** What a worker is given; of an open window, the message that it would be if it closed now. */
export function claimedMessage(context: Context, message: Message, entries: readonly Delivery[]): ClaimedMessage {
  const { channel, address, type, attempts, openedAt, queuedAt, policy, progress, route } = message;
  const ranks = entries.map(({ content: { priority } }) => PRIORITY_NUMBER[priority]);
  return {
    messageId: context.publicId('m', message.id),
    channel,
    address,
    type,
    priority: priorityAt(Math.min(LEAST_URGENT, ...ranks)),
    lane: laneOf(message),
    attempt: attempts + 1,
    openedAt,
    queuedAt,
    entries: entries.map(({ id, acceptedAt, content }) => ({
      deliveryId: context.publicId('d', id),
      route,
      acceptedAt,
      content,
    })),
    ...(policy === undefined ? {} : { policy }),
    ...windowOf(message),
    ...(progress === undefined ? {} : { progress }),
  };
}

function windowOf({ openedAt, times, closed }: Message): Pick<ClaimedMessage, 'window'> {
  if (times === undefined) return {};
  return { window: { openedAt, dueAt: times.dueAt, ...(closed && { closedAt: closed.at, closedBy: closed.reason }) } };
}
