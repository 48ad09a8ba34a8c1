import { type DeliveryState, type DeliveryView } from '../../model/delivery.js';
import {
  type AddressSnapshot,
  type DeadQuery,
  type DeadFilter,
  type DeliveryFilter,
  type DeliveryQuery,
  type Page,
  type PageRequest,
  type ReplayProgress,
  type StreamedMessage,
  type WindowQuery,
  type WindowView,
} from '../notification-store.js';
import { badCursor, pageLimit } from '../page.js';
import { claimedMessage } from './claim.js';
import { matches } from './close.js';
import { type MemoryLedger, numberOf, priorityAt, publicId } from './memory-ledger.js';
import { live, type MemoryDelivery, type MemoryMessage, mostUrgent } from './records.js';

const WINDOW_ITEMS = 100;

export function deliveryView(ledger: MemoryLedger, delivery: MemoryDelivery): DeliveryView {
  const { id, content, message, acceptedAt, ended } = delivery;
  const state = ledger.stateOf(delivery);
  const reason = ended?.reason ?? (state === 'dead' ? (message.lastError?.reason ?? 'internal') : undefined);
  return {
    id: publicId('d', id),
    type: content.type,
    channel: message.channel,
    to: message.address,
    title: content.title,
    priority: content.priority,
    state,
    route: message.route,
    messageId: publicId('m', message.id),
    attempts: message.attempts,
    createdAt: iso(acceptedAt),
    updatedAt: iso(ended?.at ?? Math.max(message.updatedAt, acceptedAt)),
    ...(state === 'delivered' ? { deliveredAt: iso(message.updatedAt) } : {}),
    ...(message.lastError && { lastError: message.lastError }),
    ...(message.errors && { errors: message.errors }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Open windows, oldest first. */
export function windowPage(ledger: MemoryLedger, query: WindowQuery): Page<WindowView> {
  const after = query.cursor === undefined ? 0 : numberOf('m', query.cursor);
  if (after === undefined) throw badCursor(query.cursor ?? '');
  const needle = query.q?.toLowerCase();
  const found = ledger
    .windows()
    .filter((window) => window.id > after && matches(window, query))
    .filter((window) => needle === undefined || live(window).some(({ content }) => content.title.toLowerCase().includes(needle)));
  return page(found, query, windowView, ({ id }) => publicId('m', id));
}

/** Delivered messages of an address after a place in its stream, the least first. */
export function streamOf(
  ledger: MemoryLedger,
  channel: string,
  address: string,
  after: number,
  limit: number,
): StreamedMessage[] {
  return [...ledger.messages.values()]
    .filter((message) => message.channel === channel && message.address === address)
    .map((message) => ({ sequence: message.sequence ?? after, message: claimedMessage(message) }))
    .filter(({ sequence }) => sequence > after)
    .sort((a, b) => a.sequence - b.sequence)
    .slice(0, limit);
}

/** The deliveries of an address, newest first. */
export function deliveryPage(ledger: MemoryLedger, query: DeliveryQuery): Page<DeliveryView> {
  const before = query.cursor === undefined ? Infinity : numberOf('d', query.cursor);
  if (before === undefined) throw badCursor(query.cursor ?? '');
  const found = [...ledger.messages.values()]
    .filter(({ address, channel }) => address === query.address && (query.channel ?? channel) === channel)
    .flatMap(({ deliveries }) => deliveries)
    .filter(({ id }) => id < before)
    .sort((a, b) => b.id - a.id);
  return page(
    found,
    query,
    (entry) => deliveryView(ledger, entry),
    ({ id }) => publicId('d', id),
  );
}

/** Dead deliveries, newest message first. */
export function deadPage(ledger: MemoryLedger, query: DeadQuery): Page<DeliveryView> {
  const [message = Infinity, delivery = 0] = cursorOf(query.cursor);
  const found = deadMessages(ledger, query)
    .flatMap((dead) => live(dead).reverse())
    .filter((entry) => entry.message.id < message || (entry.message.id === message && entry.id < delivery))
    .filter((entry) => isWanted(entry, query));
  return page(
    found,
    query,
    (entry) => deliveryView(ledger, entry),
    (entry) => `${entry.message.id}.${entry.id}`,
  );
}

/** Dead messages with a delivery that is asked for, newest first. */
export function deadMessages(ledger: MemoryLedger, filter: DeadFilter): MemoryMessage[] {
  return [...ledger.messages.values()]
    .filter(({ state }) => state === 'dead')
    .filter(({ lastError }) => filter.reason === undefined || filter.reason === lastError?.reason)
    .filter((message) => live(message).some((delivery) => isWanted(delivery, filter)))
    .reverse();
}

/** How far the last replays are, newest first. */
export function replays(ledger: MemoryLedger, limit: number): ReplayProgress[] {
  const replayed = [...ledger.messages.values()].filter(({ replayedAt }) => replayedAt !== undefined);
  return [...Map.groupBy(replayed, ({ replayedAt = 0 }) => replayedAt)]
    .sort(([a], [b]) => b - a)
    .slice(0, limit)
    .map(([at, messages]) => {
      const of = (wanted?: string): number =>
        messages.filter(({ state }) => wanted === undefined || state === wanted).flatMap(live).length;
      const [deliveries, delivered, dead] = [of(), of('delivered'), of('dead')];
      return { at: iso(at), deliveries, delivered, dead, pending: deliveries - delivered - dead };
    });
}

export function addressSnapshot(ledger: MemoryLedger, channel: string, address: string): AddressSnapshot | undefined {
  const messages = [...ledger.messages.values()].filter((message) => message.channel === channel && message.address === address);
  if (messages.length === 0) return undefined;
  const counts: Partial<Record<DeliveryState, number>> = {};
  const deliveries = messages.flatMap((message) => message.deliveries);
  for (const delivery of deliveries) {
    const state = ledger.stateOf(delivery);
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

function windowView(window: MemoryMessage): WindowView {
  const entries = live(window);
  const { channel, address, type, groupKey, policy } = window;
  return {
    messageId: publicId('m', window.id),
    channel,
    address,
    type,
    ...(groupKey === undefined ? {} : { groupKey }),
    count: entries.length,
    maxCount: policy?.maxCount ?? 1,
    burst: policy?.burst === true,
    priority: priorityAt(mostUrgent(entries)),
    openedAt: iso(window.openedAt),
    dueAt: iso(window.times.dueAt),
    items: entries.slice(0, WINDOW_ITEMS).map(({ id, content }) => ({ id: publicId('d', id), title: content.title })),
  };
}

function isWanted({ id, content, message }: MemoryDelivery, { ids, channel, type, address }: DeliveryFilter): boolean {
  return (
    (ids === undefined || ids.includes(publicId('d', id))) &&
    (channel === undefined || channel === message.channel) &&
    (type === undefined || type === content.type) &&
    (address === undefined || address === message.address)
  );
}

function page<From, To>(
  found: readonly From[],
  { limit }: PageRequest,
  view: (from: From) => To,
  cursor: (last: From) => string,
): Page<To> {
  const shown = found.slice(0, pageLimit(limit));
  const last = shown.at(-1);
  return { items: shown.map(view), ...(last !== undefined && shown.length < found.length ? { next: cursor(last) } : {}) };
}

function cursorOf(cursor: string | undefined): number[] {
  if (cursor === undefined) return [];
  if (!/^\d{1,15}\.\d{1,15}$/.test(cursor)) throw badCursor(cursor);
  return cursor.split('.').map(Number);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
