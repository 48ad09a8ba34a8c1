import { type DeliveryView } from '../../model/delivery.js';
import { type DeliveryQuery, type Page } from '../notification-store.js';
import { pageLimit, ROWS_PER_PAGE } from '../page.js';
import { rowCursor, sliceCursor } from '../slice-cursor.js';
import { isShown } from '../store-queries.js';
import { type StoreState } from './store-state.js';
import { deliveryView } from './views.js';

/** Messages of an address that are merged at a time. */
const BLOCK_MESSAGES = 300;

/**
 * The deliveries of an address, newest first within each block of its messages, the newest block first. (Across blocks, what
 * gathered long in an old window comes later than it should.) The cursor is the newest message of the block, and the last
 * delivery that was looked at; 0: none of the block was.
 */
export function addressPage(store: StoreState, query: DeliveryQuery, address: string): Page<DeliveryView> {
  const limit = pageLimit(query.limit);
  const [upTo, seen] = query.cursor === undefined ? [store.nextMessage - 1, 0] : rowCursor(query.cursor);
  const block = blockOf(store, address, query.channel, upTo);
  const items: DeliveryView[] = [];
  let [rows, last] = [0, seen];
  for (const id of merged(store, block, seen === 0 ? Number.MAX_SAFE_INTEGER : seen)) {
    if (items.length === limit || rows >= ROWS_PER_PAGE) return { items, next: sliceCursor(upTo, last) };
    rows++;
    last = id;
    const entry = store.delivery(id);
    const row = entry === undefined ? undefined : store.message(entry.message);
    if (entry === undefined || row === undefined) continue;
    const view = deliveryView(store, entry, row);
    if (isShown(view, query)) items.push(view);
  }
  const oldest = block.at(-1);
  const isFull = oldest !== undefined && block.length === BLOCK_MESSAGES;
  return { items, ...(isFull ? { next: sliceCursor(oldest - 1, 0) } : {}) };
}

/** Ids of the address's newest messages up to one of them. The index has an order within a channel only. */
function blockOf(store: StoreState, address: string, channel: string | undefined, upTo: number): readonly number[] {
  const channels = channel === undefined ? store.counters.channels() : [channel];
  return channels
    .flatMap((name) =>
      store.db
        .sql('SELECT id FROM message WHERE address = ? AND channel = ? AND id <= ? ORDER BY id DESC LIMIT ?')
        .all(address, name, upTo, BLOCK_MESSAGES)
        .map(({ id }) => Number(id)),
    )
    .sort((a, b) => b - a)
    .slice(0, BLOCK_MESSAGES);
}

/** The ids below `before` of the deliveries of messages, the greatest first. */
function* merged(store: StoreState, messages: readonly number[], before: number): Generator<number> {
  const chains = messages.map((message) => idsOf(store, message, before));
  const heads = chains.map((chain) => chain.next().value ?? 0);
  for (;;) {
    const newest = heads.reduce((most, head, index) => (head > (heads[most] ?? 0) ? index : most), 0);
    const id = heads[newest] ?? 0;
    if (id === 0) return;
    yield id;
    heads[newest] = chains[newest]?.next().value ?? 0;
  }
}

function* idsOf(store: StoreState, message: number, before: number): Generator<number, undefined> {
  const tail = store.windows.byMessage(message)?.tail;
  const select = store.db.sql('SELECT message, prev FROM delivery WHERE id = ?');
  for (let id = tail ?? Number(store.db.sql('SELECT tail FROM message WHERE id = ?').get(message)?.['tail'] ?? 0); id !== 0;) {
    const row = select.get(id);
    if (row === undefined) return;
    if (row['message'] === message && id < before) yield id;
    id = Number(row['prev']);
  }
}
