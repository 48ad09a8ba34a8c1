import { type DeliveryView } from '../../model/delivery.js';
import { type DeadFilter, type DeadLetter, type DeadQuery, type Page, type PageRequest } from '../notification-store.js';
import { pageLimit, ROWS_PER_PAGE } from '../page.js';
import { rowCursor, sliceCursor } from '../slice-cursor.js';
import { type Context } from './context.js';
import { type Delivery, isLive, type Message } from './message.js';
import { type RowReader } from './read-rows.js';
import { deliveryView } from './views.js';

/** Dead messages that are looked at together. */
const PART = 100;

/** Dead deliveries, newest message first. The cursor is a message and the delivery in it to go on behind; 0: the next message. */
export async function deadPage(reader: RowReader, query: DeadQuery): Promise<Page<DeliveryView>> {
  const { context } = reader;
  const limit = pageLimit(query.limit);
  let [message, delivery] = query.cursor === undefined ? [Infinity, 0] : rowCursor(query.cursor);
  const items: DeliveryView[] = [];
  for (let looked = 0; ;) {
    const { found, more } = await deadBelow(reader, delivery === 0 ? message : message + 1, PART);
    const entries = await reader.deliveriesOf(found.filter((one) => query.dismissed === true || one.dismissedAt === undefined));
    for (const one of found) {
      for (const entry of (entries.get(one.id) ?? []).toReversed()) {
        if (one.id === message && delivery !== 0 && entry.id >= delivery) continue;
        if (items.length === limit || looked >= ROWS_PER_PAGE) return { items, next: sliceCursor(message, delivery) };
        looked++;
        [message, delivery] = [one.id, entry.id];
        if (isLive(entry) && isWanted(context, one, entry, query)) items.push(deliveryView(context, entry, one));
      }
      [message, delivery] = [one.id, 0];
      looked++;
    }
    if (!more) return { items };
    if (looked >= ROWS_PER_PAGE) return { items, next: sliceCursor(message, 0) };
  }
}

/** Dead messages in a few words, newest first. The cursor is the last one looked at. */
export async function deadLetters(reader: RowReader, filter: DeadFilter, page: PageRequest): Promise<Page<DeadLetter>> {
  const { context } = reader;
  const limit = pageLimit(page.limit);
  const [before] = page.cursor === undefined ? [Infinity] : rowCursor(page.cursor);
  const { found, more } = await deadBelow(reader, before, limit);
  const wanted = found.filter((one) => isWantedMessage(one, filter));
  const newest = await reader.deliveriesOf(wanted, PART);
  const items = wanted.map((one): DeadLetter => {
    const error = one.errors?.at(-1);
    return {
      sampleId: context.publicId('d', (newest.get(one.id) ?? []).findLast(isLive)?.id ?? one.lastId),
      channel: one.channel,
      address: one.address,
      type: one.type,
      reason: error?.reason ?? 'internal',
      detail: error?.message ?? '',
      count: one.count,
      at: error === undefined ? one.updatedAt : Date.parse(error.at),
      dismissed: one.dismissedAt !== undefined,
    };
  });
  const last = found.at(-1);
  return { items, ...(more && last !== undefined ? { next: sliceCursor(last.id, 0) } : {}) };
}

/** Dead messages with smaller ids, newest first. */
export async function deadBelow(
  reader: RowReader,
  before: number,
  limit: number,
): Promise<{ readonly found: readonly Message[]; readonly more: boolean }> {
  const ids = await reader.below('dead', before, limit + 1);
  const found = await reader.messages(ids.slice(0, limit));
  return { found: found.filter(({ state }) => state === 'dead'), more: ids.length > limit };
}

/** Whether a dead message has a delivery that is asked for, as far as its row says. */
export function isWantedMessage(message: Message, { channel, type, address, reason }: DeadFilter): boolean {
  return (
    (channel === undefined || channel === message.channel) &&
    (type === undefined || message.types.has(type)) &&
    (address === undefined || address === message.address) &&
    (reason === undefined || reason === message.errors?.at(-1)?.reason)
  );
}

function isWanted(context: Context, message: Message, { id, content }: Delivery, filter: DeadFilter): boolean {
  const { ids, type } = filter;
  return (
    isWantedMessage(message, filter) &&
    (ids === undefined || ids.includes(context.publicId('d', id))) &&
    (type === undefined || type === content.type)
  );
}

/** Deliveries that are hidden; at most so many messages are counted. */
export async function dismissedCount(reader: RowReader, mostMessages: number): Promise<number> {
  const hidden = await reader.messages(await reader.below('gone', Infinity, mostMessages));
  return hidden.reduce((sum, { count }) => sum + count, 0);
}
