import { type DeliveryView } from '../../model/delivery.js';
import { type FailureReason } from '../../model/failure.js';
import { type DeadFilter, type DeadLetter, type DeadQuery, type Page, type PageRequest } from '../notification-store.js';
import { pageLimit, ROWS_PER_PAGE } from '../page.js';
import { rowCursor, sliceCursor } from '../slice-cursor.js';
import { liveFrom } from './chain.js';
import { contentOf } from './content.js';
import { type StoreState } from './store-state.js';
import { type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';
import { deliveryView } from './views.js';

/** Dead deliveries, newest message first. The cursor is a message and the delivery in it to go on behind; 0: the next message. */
export function dead(store: StoreState, query: DeadQuery): Page<DeliveryView> {
  const limit = pageLimit(query.limit);
  const [message, delivery] = query.cursor === undefined ? [Number.MAX_SAFE_INTEGER, 0] : rowCursor(query.cursor);
  const items: DeliveryView[] = [];
  let rows = 0;
  let cursor = '';
  for (const row of deadMessages(store, delivery === 0 ? message - 1 : message, ROWS_PER_PAGE + 1)) {
    if (rows >= ROWS_PER_PAGE) return { items, next: cursor };
    rows++;
    const from = row.id === message ? (store.delivery(delivery)?.prev ?? 0) : row.tail;
    if (isWanted(row, query) && (query.dismissed === true || row.dismissed_at === null)) {
      for (const entry of liveFrom(store, row.id, from)) {
        if (items.length === limit || rows >= ROWS_PER_PAGE) return { items, next: cursor };
        rows++;
        cursor = `${row.id}.${entry.id}`;
        if (isWantedEntry(store, entry, query)) items.push(deliveryView(store, entry, row));
      }
    }
    cursor = `${row.id}.0`;
  }
  return { items };
}

/** Dead messages in a few words, newest first. The cursor is the last message. */
export function deadLetters(store: StoreState, filter: DeadFilter, { cursor }: PageRequest): Page<DeadLetter> {
  const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : rowCursor(cursor)[0];
  const rows = [...deadMessages(store, before - 1, ROWS_PER_PAGE)];
  const items = rows
    .filter((row) => isWanted(row, filter))
    .map((row) => ({
      sampleId: store.publicId('d', liveFrom(store, row.id, row.tail).next().value?.id ?? 0),
      channel: row.channel,
      address: row.address,
      type: row.type,
      reason: (row.reason ?? 'internal') as FailureReason,
      detail: row.detail ?? '',
      count: row.count,
      at: row.failed_at ?? row.updated_at,
      dismissed: row.dismissed_at !== null,
    }));
  const last = rows.at(-1);
  return { items, ...(last === undefined || rows.length < ROWS_PER_PAGE ? {} : { next: sliceCursor(last.id, 0) }) };
}

/** Deliveries of at most so many messages that are hidden. */
export function dismissedCount({ db }: StoreState, mostMessages: number): number {
  const row = db
    .sql(
      `SELECT sum(count) AS count FROM
         (SELECT count FROM message WHERE state = ${MESSAGE_STATE.dead} AND dismissed_at IS NOT NULL LIMIT ?)`,
    )
    .get(mostMessages);
  return Number(row?.['count'] ?? 0);
}

/** Dead messages with an id of at most `upTo`, newest first. */
export function* deadMessages(store: StoreState, upTo: number, limit: number): Generator<MessageRow> {
  const rows = store.db.sql(`SELECT * FROM message WHERE state = ${MESSAGE_STATE.dead} AND id <= ? ORDER BY id DESC LIMIT ?`);
  for (const row of rows.iterate(upTo, limit)) yield row as unknown as MessageRow;
}

/** What a message itself says of a filter; its type is that of its first entry, unless it is mixed. */
export function isWanted(row: MessageRow, { channel, address, reason, type }: DeadFilter): boolean {
  return (
    (channel === undefined || row.channel === channel) &&
    (address === undefined || row.address === address) &&
    (reason === undefined || row.reason === reason) &&
    (type === undefined || row.mixed === 1 || row.type === type)
  );
}

export function isWantedEntry(
  store: StoreState,
  entry: { readonly id: number; readonly json: string | Uint8Array | null },
  { ids, type }: DeadFilter,
): boolean {
  return (
    (type === undefined || contentOf(entry).type === type) && (ids === undefined || ids.includes(store.publicId('d', entry.id)))
  );
}
