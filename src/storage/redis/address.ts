import { type DeliveryState } from '../../model/delivery.js';
import { type AddressLoad, type AddressSnapshot, type Page, type PageRequest } from '../notification-store.js';
import { badCursor, ROWS_PER_PAGE } from '../page.js';
import { addressRange, idOf } from './keys.js';
import { isPending, type LoneEnd, type Message } from './message.js';
import { type RowReader } from './read-rows.js';

/** What one address got, over what the store still keeps. */
export async function addressSnapshot(reader: RowReader, channel: string, address: string): Promise<AddressSnapshot | undefined> {
  const counts: Partial<Record<DeliveryState, number>> = {};
  const add = (state: DeliveryState, count: number): void => {
    if (count > 0) counts[state] = (counts[state] ?? 0) + count;
  };
  let [messagesMade, messagesSent, deliveriesSent, openWindows, totalSendMs, lastActivityAt] = [0, 0, 0, 0, 0, 0];
  for await (const message of messagesOf(reader, channel, address)) {
    const { state, count, gone, updatedAt, openedAt, lastAt, endedAt = 0 } = message;
    add(state === 'ended' ? 'cancelled' : state, count);
    for (const [ended, many] of Object.entries(gone)) add(ended as LoneEnd, many);
    if (count > 0) messagesMade++;
    if (state === 'gathering') openWindows++;
    lastActivityAt = Math.max(lastActivityAt, updatedAt, lastAt, endedAt);
    if (state !== 'delivered') continue;
    messagesSent++;
    deliveriesSent += count;
    totalSendMs += updatedAt - openedAt;
  }
  if (lastActivityAt === 0) return undefined;
  return { counts, messagesMade, messagesSent, deliveriesSent, openWindows, totalSendMs, lastActivityAt };
}

async function* messagesOf(reader: RowReader, channel: string, address: string): AsyncGenerator<Message> {
  const [first, max] = addressRange(address);
  for (let min = first; ;) {
    const [found] = await reader.read([['ZRANGE', `at:${channel}`, min, max, 'BYLEX', 'LIMIT', 0, ROWS_PER_PAGE]]);
    const members = found as readonly string[];
    yield* await reader.messages(members.map(idOf));
    const last = members.at(-1);
    if (last === undefined || members.length < ROWS_PER_PAGE) return;
    min = `(${last}`;
  }
}

/**
 * What the addresses of a channel got, in the order of the addresses: of at most `ROWS_PER_PAGE` messages, so that the last address may be a part,
 * which the next page goes on with. The cursor is the last member of the index.
 */
export async function addressLoads(reader: RowReader, channel: string, { cursor }: PageRequest): Promise<Page<AddressLoad>> {
  const min = cursor === undefined ? '-' : `(${memberOf(cursor)}`;
  const [found] = await reader.read([['ZRANGE', `at:${channel}`, min, '+', 'BYLEX', 'LIMIT', 0, ROWS_PER_PAGE]]);
  const members = found as readonly string[];
  const messages = await reader.messages(members.map(idOf));
  const items = [...Map.groupBy(messages, ({ address }) => address)].map(([address, own]) => ({
    address,
    messages: own.filter(({ count }) => count > 0).length,
    deliveries: sumOf(own),
    pending: sumOf(own.filter(isPending)),
    lastActivityAt: Math.max(...own.map(({ updatedAt }) => updatedAt)),
  }));
  const last = members.at(-1);
  return { items, ...(last === undefined || members.length < ROWS_PER_PAGE ? {} : { next: cursorOf(last) }) };
}

function sumOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { count }) => sum + count, 0);
}

function cursorOf(member: string): string {
  return Buffer.from(member).toString('base64url');
}

function memberOf(cursor: string): string {
  const member = Buffer.from(cursor, 'base64url').toString();
  if (cursor === '' || cursorOf(member) !== cursor) throw badCursor(cursor);
  return member;
}
