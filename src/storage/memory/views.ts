import { type DeliveryState, type DeliveryView } from '../../model/delivery.js';
import { type AddressSnapshot, type WindowView } from '../notification-store.js';
import { WINDOW_ITEMS } from '../page.js';
import { viewOfDelivery, viewOfWindow } from '../stored-views.js';
import { type MemoryStoreState, priorityAt } from './memory-store-state.js';
import { live, type MemoryDelivery, type MemoryMessage, mostUrgent } from './records.js';

export function deliveryView(store: MemoryStoreState, delivery: MemoryDelivery): DeliveryView {
  const { id, firstId, content, message, acceptedAt, ended, recipient } = delivery;
  return viewOfDelivery({
    id: store.publicId('d', id),
    notificationId: store.publicId('n', firstId),
    messageId: store.publicId('m', message.id),
    content,
    channel: message.channel,
    address: message.address,
    ...(recipient === undefined ? {} : { recipient }),
    state: store.stateOf(delivery),
    route: message.route,
    attempts: message.attempts,
    acceptedAt,
    ...(ended && { endedAt: ended.at, endReason: ended.reason }),
    messageUpdatedAt: message.updatedAt,
    ...(message.lastError && { lastError: message.lastError }),
    ...(message.errors && { errors: message.errors }),
    policy: message.policy,
    dueAt: message.state === 'gathering' ? message.times.dueAt : message.queuedAt,
  });
}

export function windowView(store: MemoryStoreState, window: MemoryMessage): WindowView {
  const { channel, address, type, groupKey, policy, openedAt, times, deliveries } = window;
  const newest = deliveries.slice(-2 * WINDOW_ITEMS).filter(({ ended }) => ended === undefined);
  return viewOfWindow({
    messageId: store.publicId('m', window.id),
    channel,
    address,
    type,
    ...(groupKey === undefined ? {} : { groupKey }),
    count: live(window).length,
    maxCount: policy?.maxCount ?? 1,
    burst: policy?.burst === true,
    priority: priorityAt(mostUrgent(live(window))),
    openedAt,
    lastActivityAt: deliveries.at(-1)?.acceptedAt ?? openedAt,
    dueAt: times.dueAt,
    ...(policy?.plan && { plan: policy.plan }),
    items: newest.slice(-WINDOW_ITEMS).map(({ id, content }) => ({ id: store.publicId('d', id), title: content.title })),
  });
}

export function addressSnapshot(store: MemoryStoreState, channel: string, address: string): AddressSnapshot | undefined {
  const messages = [...store.messages.values()].filter((message) => message.channel === channel && message.address === address);
  if (messages.length === 0) return undefined;
  const counts: Partial<Record<DeliveryState, number>> = {};
  const deliveries = messages.flatMap((message) => message.deliveries);
  for (const delivery of deliveries) {
    const state = store.stateOf(delivery);
    counts[state] = (counts[state] ?? 0) + 1;
  }
  const sent = messages.filter(({ state }) => state === 'delivered');
  return {
    counts,
    messagesMade: messages.filter((message) => live(message).length > 0).length,
    messagesSent: sent.length,
    deliveriesSent: sent.reduce((sum, message) => sum + live(message).length, 0),
    openWindows: messages.filter(({ state }) => state === 'gathering').length,
    totalSendMs: sent.reduce((sum, { updatedAt, openedAt }) => sum + updatedAt - openedAt, 0),
    lastActivityAt: Math.max(
      ...messages.map(({ updatedAt }) => updatedAt),
      ...deliveries.map(({ acceptedAt, ended }) => ended?.at ?? acceptedAt),
    ),
  };
}
