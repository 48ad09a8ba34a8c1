import { type DeliveryView } from '../../model/delivery.js';
import { type DeliveryQuery, type Page } from '../notification-store.js';
import { pageLimit, ROWS_PER_PAGE } from '../page.js';
import { rowCursor, sliceCursor } from '../slice-cursor.js';
import { isShown } from '../store-queries.js';
import { type Context } from './context.js';
import { deliveryView, selectViews, type ViewRow } from './delivery-view.js';
import { type Queries } from './transaction.js';

/** Rows that a page looks at; only those that may match are read as a whole. */
const LOOKS_PER_PAGE = 2_000;
/** Messages of an address that are merged at a time. */
const BLOCK_MESSAGES = 300;
/** By so much the clocks of instances may differ, or be set back, without a page by time missing what was accepted meanwhile. */
const CLOCK_SLACK_MS = 60 * 60 * 1000;

/** Deliveries, newest first. The cursor is the last one that was looked at. */
export async function deliveryPage(queries: Queries, context: Context, query: DeliveryQuery): Promise<Page<DeliveryView>> {
  if (query.address !== undefined) return addressPage(queries, context, query, query.address);
  const before = query.cursor === undefined ? await newestBefore(queries, query.to) : rowCursor(query.cursor)[0];
  const [looked] = await queries.query<{ readonly last: number | null; readonly rows: number; readonly newest: number | null }>(
    `SELECT min(id) AS last, count(*) AS rows, max(at) AS newest
     FROM (SELECT id, at FROM delivery WHERE id < $1::bigint ORDER BY id DESC LIMIT ${LOOKS_PER_PAGE}) AS l`,
    [before],
  );
  const last = looked?.last ?? 0;
  const rows = await queries.query<ViewRow>(
    `${selectViews()} AND d.id < $1::bigint AND d.id >= $2::bigint AND d.at >= $3::bigint AND d.at < $4::bigint
       AND ($5::text IS NULL OR coalesce(m.channel, w.channel) = $5) ORDER BY d.id DESC LIMIT ${ROWS_PER_PAGE + 1}`,
    [before, last, query.from ?? 0, query.to ?? Number.MAX_SAFE_INTEGER, query.channel ?? null],
  );
  const isOver = (looked?.rows ?? 0) < LOOKS_PER_PAGE || (looked?.newest ?? 0) < (query.from ?? 0) - CLOCK_SLACK_MS;
  return pageOf(context, query, rows, isOver ? undefined : sliceCursor(last, 0), ({ id }) => sliceCursor(id, 0));
}

/**
 * The deliveries of an address, newest first within each block of its messages, the newest block first. (Across blocks, what gathered long in an
 * old window comes later than it should.) The cursor is the newest message of the block, and the last delivery that was looked at; 0: none was.
 */
async function addressPage(
  queries: Queries,
  context: Context,
  query: DeliveryQuery,
  address: string,
): Promise<Page<DeliveryView>> {
  const [upTo, seen] = query.cursor === undefined ? [Number.MAX_SAFE_INTEGER, 0] : rowCursor(query.cursor);
  const rest = `address = $1 AND ($2::text IS NULL OR channel = $2)`;
  const block = await queries.query<{ readonly id: number }>(
    `SELECT id FROM (SELECT id FROM message WHERE ${rest} AND id <= $3::bigint UNION ALL
       SELECT message FROM open_window WHERE ${rest} AND message <= $3::bigint) AS m ORDER BY id DESC LIMIT ${BLOCK_MESSAGES}`,
    [address, query.channel ?? null, upTo],
  );
  const rows = await queries.query<ViewRow>(
    `${selectViews()} AND d.message = ANY($1::bigint[]) AND d.id < $2::bigint ORDER BY d.id DESC LIMIT ${ROWS_PER_PAGE + 1}`,
    [block.map(({ id }) => id), seen === 0 ? Number.MAX_SAFE_INTEGER : seen],
  );
  const oldest = block.at(-1);
  const following = oldest !== undefined && block.length === BLOCK_MESSAGES ? sliceCursor(oldest.id - 1, 0) : undefined;
  return pageOf(context, query, rows, following, ({ id }) => sliceCursor(upTo, id));
}

/**
 * The part of rows that a page shows.
 *
 * @param rows one more than a page looks at, when there are more
 * @param following where to go on behind all of them; undefined: nothing comes
 */
function pageOf(
  context: Context,
  query: DeliveryQuery,
  rows: readonly ViewRow[],
  following: string | undefined,
  cursorOf: (row: ViewRow) => string,
): Page<DeliveryView> {
  const limit = pageLimit(query.limit);
  const items: DeliveryView[] = [];
  for (const [index, row] of rows.slice(0, ROWS_PER_PAGE).entries()) {
    const view = deliveryView(context, row);
    if (isShown(view, query)) items.push(view);
    const isLast = index === rows.length - 1;
    if (items.length === limit || index === ROWS_PER_PAGE - 1) {
      const next = isLast ? following : cursorOf(row);
      return { items, ...(next === undefined ? {} : { next }) };
    }
  }
  return { items, ...(following === undefined ? {} : { next: following }) };
}

/** An id above those of all that were accepted before `to`, by a search of the ids: they were given in the order of time. */
async function newestBefore(queries: Queries, to: number | undefined): Promise<number> {
  const [row] = await queries.query<{ readonly newest: number | null }>('SELECT max(id) AS newest FROM delivery');
  let [low, high] = [0, (row?.newest ?? 0) + 1];
  while (to !== undefined && low < high) {
    const middle = Math.floor((low + high) / 2);
    const text = 'SELECT at FROM delivery WHERE id >= $1::bigint ORDER BY id LIMIT 1';
    const [found] = await queries.query<{ readonly at: number }>(text, [middle]);
    if ((found?.at ?? Infinity) >= to + CLOCK_SLACK_MS) high = middle;
    else low = middle + 1;
  }
  return high;
}
