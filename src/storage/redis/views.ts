import { type DeliveryState, type DeliveryView } from '../../model/delivery.js';
import { type ClaimedMessage } from '../../model/message.js';
import { type MessageRecord, type WindowView } from '../notification-store.js';
import { MESSAGE_DELIVERIES, WINDOW_ITEMS } from '../page.js';
import { priorityAt } from '../persisted.js';
import { viewOfDelivery, viewOfWindow } from '../stored-views.js';
import { claimedMessage } from './claimed-message.js';
import { mostUrgent } from './close.js';
import { type Context } from './context.js';
import { deliveryOf, sharedBy, storedRow } from './delivery-codec.js';
import { rowAt } from './keys.js';
import { type Delivery, isLive, isWindow, type Message, type OpenWindow } from './message.js';
import { type RowReader } from './read-rows.js';

export function stateOf({ ended }: Delivery, message: Pick<Message, 'state'>): DeliveryState {
  if (ended !== undefined) return ended.state;
  return message.state === 'ended' ? 'cancelled' : message.state;
}

export function deliveryView(context: Context, delivery: Delivery, message: Message): DeliveryView {
  const { id, firstId, content, acceptedAt, ended, recipient } = delivery;
  const { errors, policy, times } = message;
  const lastError = errors?.at(-1);
  return viewOfDelivery({
    id: context.publicId('d', id),
    notificationId: context.publicId('n', firstId),
    messageId: context.publicId('m', message.id),
    content,
    channel: message.channel,
    address: message.address,
    state: stateOf(delivery, message),
    route: message.route,
    attempts: message.attempts,
    acceptedAt,
    ...(recipient === undefined ? {} : { recipient }),
    ...(ended && { endedAt: ended.at, endReason: ended.reason }),
    messageUpdatedAt: message.updatedAt,
    ...(lastError && { lastError }),
    ...(errors && { errors }),
    policy,
    dueAt: message.state === 'gathering' ? times?.dueAt : message.queuedAt,
  });
}

/** Where a delivery and its message stand, as of one time. */
export type Find = (rows: readonly string[]) => Promise<readonly string[]>;

export async function findDelivery(reader: RowReader, find: Find, deliveryId: string): Promise<DeliveryView | undefined> {
  const { context } = reader;
  const id = context.privateId('d', deliveryId);
  if (id === 0) return undefined;
  const [text = '', holder = ''] = await find(rowAt('d', id));
  if (text === '' || holder === '') return undefined;
  const row = storedRow(id, text);
  const shared = sharedBy(row);
  const [[message], [json]] = await Promise.all([
    reader.unpack([[row.message, holder]]).then((found) => [found.get(row.message)]),
    shared === undefined ? [undefined] : reader.read([['HGET', `c:${shared}`, 'j']]),
  ]);
  const delivery = deliveryOf(row, (json ?? undefined) as string | undefined);
  return message && deliveryView(context, delivery, message);
}

export function windowView(context: Context, window: OpenWindow, newest: readonly Delivery[]): WindowView {
  const { channel, address, type, groupKey, policy, openedAt, lastAt, times, count } = window;
  const items = newest.filter(isLive).slice(-WINDOW_ITEMS);
  return viewOfWindow({
    messageId: context.publicId('m', window.id),
    channel,
    address,
    type,
    ...(groupKey === undefined ? {} : { groupKey }),
    count,
    maxCount: policy.maxCount,
    burst: policy.burst === true,
    priority: priorityAt(mostUrgent(window)),
    openedAt,
    lastActivityAt: lastAt,
    dueAt: times.dueAt,
    ...(policy.plan && { plan: policy.plan }),
    items: items.map(({ id, content }) => ({ id: context.publicId('d', id), title: content.title })),
  });
}

/** A message with its newest deliveries and its attempts. */
export async function messageRecord(reader: RowReader, messageId: string): Promise<MessageRecord | undefined> {
  const { context } = reader;
  const [message] = await reader.messages([context.privateId('m', messageId)]);
  if (message === undefined) return undefined;
  const found = (await reader.deliveriesOf([message], MESSAGE_DELIVERIES)).get(message.id) ?? [];
  const { closed, errors = [], answer, attempts, updatedAt, count, state, times } = message;
  return {
    message: claimedMessage(context, message, found.filter(isLive)),
    count,
    state: state === 'ended' ? 'cancelled' : state,
    deliveries: found.map((delivery) => deliveryView(context, delivery, message)),
    errors,
    ...(answer === undefined ? {} : { answer }),
    attempts,
    updatedAt,
    ...(state === 'gathering' && times !== undefined ? { dueAt: times.dueAt } : {}),
    ...(closed === undefined ? {} : { closed: { at: closed.at, by: closed.reason } }),
  };
}

/** An open window as the message it would be if it closed now. */
export async function previewOf(reader: RowReader, messageId: string): Promise<ClaimedMessage | undefined> {
  const [message] = await reader.messages([reader.context.privateId('m', messageId)]);
  if (!isWindow(message)) return undefined;
  const live = ((await reader.deliveriesOf([message])).get(message.id) ?? []).filter(isLive);
  return claimedMessage(reader.context, message, live);
}

export async function windowStateOf(reader: RowReader, messageId: string): Promise<'open' | 'closed' | 'unknown'> {
  const [message] = await reader.messages([reader.context.privateId('m', messageId)]);
  if (message === undefined) return 'unknown';
  return message.state === 'gathering' ? 'open' : 'closed';
}
