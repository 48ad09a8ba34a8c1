import { type DeliveryView } from '../../model/delivery.js';
import {
  type AddressLoad,
  type DeadFilter,
  type DeadLetter,
  type DeadQuery,
  type DeliveryFilter,
  type DeliveryQuery,
  type Page,
  type PageRequest,
  type WindowQuery,
  type WindowView,
} from '../notification-store.js';
import { badCursor, pageLimit } from '../page.js';
import { rowCursor, sliceCursor } from '../slice-cursor.js';
import { isShown } from '../store-queries.js';
import { matches } from './flush.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { live, type MemoryDelivery, type MemoryMessage } from './records.js';
import { deliveryView, windowView } from './views.js';

/** Open windows, oldest first. */
export function windowPage(store: MemoryStoreState, query: WindowQuery): Page<WindowView> {
  const after = query.cursor === undefined ? 0 : store.numberOf('m', query.cursor);
  if (after === undefined) throw badCursor(query.cursor ?? '');
  const needle = query.q?.toLowerCase();
  const found = store
    .windows()
    .filter((window) => window.id > after && matches(store, window, query))
    .filter((window) => needle === undefined || live(window).some(({ content }) => content.title.toLowerCase().includes(needle)));
  return page(
    found,
    query,
    (window) => windowView(store, window),
    ({ id }) => store.publicId('m', id),
  );
}

/** Deliveries, newest first. */
export function deliveryPage(store: MemoryStoreState, query: DeliveryQuery): Page<DeliveryView> {
  const before = query.cursor === undefined ? Infinity : rowCursor(query.cursor)[0];
  const found = [...store.deliveries.values()]
    .filter((delivery) => delivery.id < before && isShown(deliveryView(store, delivery), query))
    .reverse();
  return page(
    found,
    query,
    (entry) => deliveryView(store, entry),
    ({ id }) => sliceCursor(id, 0),
  );
}

/** Dead deliveries, newest message first. */
export function deadPage(store: MemoryStoreState, query: DeadQuery): Page<DeliveryView> {
  const [message, delivery] = query.cursor === undefined ? [Infinity, 0] : rowCursor(query.cursor);
  const found = deadMessages(store, query)
    .filter(({ dismissedAt }) => query.dismissed === true || dismissedAt === undefined)
    .flatMap((dead) => live(dead).reverse())
    .filter((entry) => entry.message.id < message || (entry.message.id === message && entry.id < delivery))
    .filter((entry) => isWanted(store, entry, query));
  return page(
    found,
    query,
    (entry) => deliveryView(store, entry),
    (entry) => sliceCursor(entry.message.id, entry.id),
  );
}

/** Dead messages in a few words, newest first. */
export function deadLetters(store: MemoryStoreState, { ids: _, ...filter }: DeadFilter): Page<DeadLetter> {
  const items = deadMessages(store, filter).map((message) => ({
    sampleId: store.publicId('d', live(message).at(-1)?.id ?? 0),
    channel: message.channel,
    address: message.address,
    type: message.type,
    reason: message.lastError?.reason ?? ('internal' as const),
    detail: message.lastError?.message ?? '',
    count: live(message).length,
    at: message.lastError === undefined ? message.updatedAt : Date.parse(message.lastError.at),
    dismissed: message.dismissedAt !== undefined,
  }));
  return { items };
}

/** The addresses of a channel, in their order. */
export function addressLoads(store: MemoryStoreState, channel: string): Page<AddressLoad> {
  const messages = [...store.messages.values()].filter((message) => message.channel === channel);
  const items = [...Map.groupBy(messages, ({ address }) => address)].map(([address, of]) => ({
    address,
    messages: of.filter((message) => live(message).length > 0).length,
    deliveries: of.flatMap(live).length,
    pending: of.filter(({ state }) => ['gathering', 'queued', 'sending'].includes(state)).flatMap(live).length,
    lastActivityAt: Math.max(...of.map(({ updatedAt }) => updatedAt)),
  }));
  return { items: items.sort((a, b) => (a.address < b.address ? -1 : 1)) };
}

/** Dead messages with a delivery that is asked for, newest first. */
export function deadMessages(store: MemoryStoreState, filter: DeadFilter): MemoryMessage[] {
  return [...store.messages.values()]
    .filter(({ state }) => state === 'dead')
    .filter(({ lastError }) => filter.reason === undefined || filter.reason === lastError?.reason)
    .filter((message) => live(message).some((delivery) => isWanted(store, delivery, filter)))
    .reverse();
}

function isWanted(
  store: MemoryStoreState,
  { id, content, message }: MemoryDelivery,
  { ids, channel, type, address }: DeliveryFilter,
): boolean {
  return (
    (ids === undefined || ids.includes(store.publicId('d', id))) &&
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
