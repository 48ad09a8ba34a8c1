import { type ClaimedMessage } from '../../model/message.js';
import { type NotificationPriority } from '../../model/notification.js';
import { LEAST_URGENT, priorityAt, ROUTE_NUMBER, routeAt } from '../persisted.js';
import { contentOf, progressOf } from './content.js';
import { type Context } from './context.js';
import { type Delivery, type Message, type OpenWindow } from './rows.js';

/** What a message shows of a delivery. */
type Entry = Pick<Delivery, 'id' | 'at' | 'json' | 'rank'>;

/** What a worker is given. The message's policy is at hand. */
export function claimedMessage(context: Context, message: Message, entries: readonly Entry[]): ClaimedMessage {
  const policy = message.policy === null ? undefined : context.policies.get(message.policy);
  const progress = progressOf(message.progress);
  return {
    messageId: context.publicId('m', message.id),
    channel: message.channel,
    address: message.address,
    type: message.type,
    priority: mostUrgent(entries),
    lane: message.rank === 0 ? 'critical' : 'normal',
    attempt: message.attempts + 1,
    openedAt: message.openedAt,
    queuedAt: message.queuedAt,
    entries: entriesOf(context, message.route, entries),
    ...(policy === undefined ? {} : { policy }),
    ...windowOf(message),
    ...(progress === undefined ? {} : { progress }),
  };
}

/** The message that a window would be if it closed now. */
export function messageOfOpenWindow(context: Context, window: OpenWindow, entries: readonly Entry[]): ClaimedMessage {
  return {
    messageId: context.publicId('m', window.id),
    channel: window.channel,
    address: window.address,
    type: window.type,
    priority: mostUrgent(entries),
    lane: 'normal',
    attempt: 1,
    openedAt: window.openedAt,
    queuedAt: window.openedAt,
    entries: entriesOf(context, ROUTE_NUMBER.aggregate, entries),
    policy: window.policy,
    window: { openedAt: window.openedAt, dueAt: window.dueAt },
  };
}

function windowOf({ openedAt, dueAt, closedAt, closedBy }: Message): Pick<ClaimedMessage, 'window'> {
  if (dueAt === null) return {};
  return { window: { openedAt, dueAt, ...(closedAt === null || closedBy === null ? {} : { closedAt, closedBy }) } };
}

/** The priority of the most urgent entry; the least urgent one when there is none. */
function mostUrgent(entries: readonly Entry[]): NotificationPriority {
  return priorityAt(entries.reduce((least, { rank }) => Math.min(least, rank), LEAST_URGENT));
}

function entriesOf(context: Context, route: number, entries: readonly Entry[]): ClaimedMessage['entries'] {
  return entries.map(({ id, at, json }) => ({
    deliveryId: context.publicId('d', id),
    route: routeAt(route),
    acceptedAt: at,
    content: contentOf(json),
  }));
}
