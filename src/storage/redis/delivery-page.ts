import { type DeliveryView } from '../../model/delivery.js';
import { type DeliveryQuery, type Page } from '../notification-store.js';
import { pageLimit, ROWS_PER_PAGE } from '../page.js';
import { rowCursor, sliceCursor } from '../slice-cursor.js';
import { isShown } from '../store-queries.js';
import { storedRow, type StoredRow } from './delivery-codec.js';
import { withContents } from './delivery-set.js';
import { bucketKey, bucketOf, idInBucket } from './keys.js';
import { type RowReader } from './read-rows.js';
import { deliveryView } from './views.js';

/** Hashes of deliveries that are read together. */
const BUCKETS = 4;

/** Deliveries, newest first. The cursor is the last one that was looked at. */
export async function deliveryPage(reader: RowReader, query: DeliveryQuery): Promise<Page<DeliveryView>> {
  const limit = pageLimit(query.limit);
  let before = query.cursor === undefined ? Infinity : rowCursor(query.cursor)[0];
  const items: DeliveryView[] = [];
  for (let looked = 0; ;) {
    const { rows, more } = await rowsBelow(reader, before);
    const deliveries = await withContents(rows, reader.read);
    const messages = await reader.messagesById(rows.map(({ message }) => message));
    for (const { id, message } of rows) {
      if (items.length === limit) return { items, next: sliceCursor(before, 0) };
      before = id;
      const [delivery, holder] = [deliveries.get(id), messages.get(message)];
      if (delivery === undefined || holder === undefined) continue;
      const view = deliveryView(reader.context, delivery, holder);
      if (isShown(view, query)) items.push(view);
    }
    looked += rows.length;
    if (!more) return { items };
    if (items.length === limit || looked >= ROWS_PER_PAGE) return { items, next: sliceCursor(before, 0) };
  }
}

/** Rows with smaller ids, newest first. */
async function rowsBelow(
  { read }: RowReader,
  before: number,
): Promise<{ readonly rows: readonly StoredRow[]; readonly more: boolean }> {
  const from = Number.isFinite(before) ? bucketOf(before) : '+inf';
  const [found] = await read([['ZRANGE', 'db', from, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, BUCKETS + 1]]);
  const buckets = (found as readonly string[]).map(Number);
  const wanted = buckets.slice(0, BUCKETS);
  const hashes = await read(wanted.map((bucket) => ['HGETALL', bucketKey(bucket)]));
  const rows = wanted.flatMap((bucket, index) => {
    const flat = hashes[index] as readonly string[];
    return flat.flatMap((field, at) => (at % 2 === 0 ? [storedRow(idInBucket(bucket, field), flat[at + 1] ?? '')] : []));
  });
  const below = rows.filter(({ id }) => id < before).sort((a, b) => b.id - a.id);
  return { rows: below, more: buckets.length > BUCKETS };
}
