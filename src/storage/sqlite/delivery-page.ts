import { DELIVERY_STATES, type DeliveryState, type DeliveryView } from '../../model/delivery.js';
import { type DeliveryQuery, type Page } from '../notification-store.js';
import { pageLimit, ROWS_PER_PAGE } from '../page.js';
import { rowCursor, sliceCursor } from '../slice-cursor.js';
import { isShown } from '../store-queries.js';
import { addressPage } from './address-page.js';
import { type StoreState } from './store-state.js';
import { MESSAGE_STATE } from './schema.js';
import { deliveryView } from './views.js';

/** Rows that a page looks at; only those that may match are read as a whole. */
const LOOKS_PER_PAGE = 2_000;
/** By so much a machine's clock may have been set back, without a page by time missing what was accepted meanwhile. */
const CLOCK_SLACK_MS = 60 * 60 * 1000;

/** Deliveries, newest first. The cursor is the last one that was looked at. */
export function deliveryPage(store: StoreState, query: DeliveryQuery): Page<DeliveryView> {
  if (query.address !== undefined) return addressPage(store, query, query.address);
  const limit = pageLimit(query.limit);
  const before = query.cursor === undefined ? newestBefore(store, query.to) : rowCursor(query.cursor)[0];
  const items: DeliveryView[] = [];
  const { ids, last } = candidates(store, query, before);
  for (const [index, id] of ids.entries()) {
    if (index === ROWS_PER_PAGE) return { items, next: sliceCursor(id + 1, 0) };
    const entry = store.delivery(id);
    const row = entry === undefined ? undefined : store.message(entry.message);
    if (entry === undefined || row === undefined) continue;
    const view = deliveryView(store, entry, row);
    if (!isShown(view, query)) continue;
    items.push(view);
    if (items.length === limit && (last !== undefined || index < ids.length - 1)) return { items, next: sliceCursor(id, 0) };
  }
  return { items, ...(last === undefined ? {} : { next: sliceCursor(last, 0) }) };
}

/** Ids below `before` that may match, the greatest first; `last` is where to go on when there are more to look at. */
function candidates(
  store: StoreState,
  query: DeliveryQuery,
  before: number,
): { readonly ids: readonly number[]; readonly last?: number } {
  const { channel = null, type = null, reason = null, state, from = 0, to = Number.MAX_SAFE_INTEGER } = query;
  const { db } = store;
  const looked = db
    .sql(
      'SELECT min(id) AS last, count(*) AS rows, max(at) AS newest FROM (SELECT id, at FROM delivery WHERE id < ? ORDER BY id DESC LIMIT ?)',
    )
    .get(before, LOOKS_PER_PAGE);
  const last = Number(looked?.['last'] ?? 0);
  const rows = db
    .sql(
      `SELECT d.id AS id FROM delivery d JOIN message m ON m.id = d.message
       WHERE d.id < ?1 AND d.id >= ?2 AND d.at >= ?3 AND d.at < ?4 AND (?5 IS NULL OR m.channel = ?5)
         AND (?6 IS NULL OR m.type = ?6 OR m.mixed = 1) AND (?7 IS NULL OR d.state <> 0 OR m.reason = ?7)
         AND (?8 IS NULL OR (d.state = ?8 AND (?9 IS NULL OR m.state = ?9)))
       ORDER BY d.id DESC`,
    )
    .all(before, last, from, to, channel, type, reason, ...rowsOf(state));
  const isOver = Number(looked?.['rows'] ?? 0) < LOOKS_PER_PAGE || Number(looked?.['newest']) < from - CLOCK_SLACK_MS;
  return { ids: rows.map(({ id }) => Number(id)), ...(isOver ? {} : { last }) };
}

/** `delivery.state` and `message.state` of a state; null: any. What is sent is `queued` on disk. */
function rowsOf(state: DeliveryState | undefined): readonly [number | null, number | null] {
  switch (state) {
    case undefined:
      return [null, null];
    case 'gathering':
      return [0, MESSAGE_STATE.open];
    case 'queued':
    case 'sending':
      return [0, MESSAGE_STATE.queued];
    case 'delivered':
    case 'dead':
      return [0, MESSAGE_STATE[state]];
    case 'cancelled':
    case 'expired':
    case 'replaced':
      return [DELIVERY_STATES.indexOf(state), null];
  }
}

/** An id above those of all that were accepted before `to`, by a search of the ids: they were given in the order of time. */
function newestBefore({ db, nextDelivery }: StoreState, to: number | undefined): number {
  if (to === undefined) return nextDelivery;
  let [low, high] = [0, nextDelivery];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const at = Number(db.sql('SELECT at FROM delivery WHERE id >= ? ORDER BY id LIMIT 1').get(middle)?.['at'] ?? Infinity);
    if (at >= to + CLOCK_SLACK_MS) high = middle;
    else low = middle + 1;
  }
  return low;
}
