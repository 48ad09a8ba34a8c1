import { type Page, type WindowFilter, type WindowQuery, type WindowView } from '../notification-store.js';
import { badCursor, pageLimit, ROWS_PER_PAGE, WINDOW_ITEMS } from '../page.js';
import { priorityAt } from '../persisted.js';
import { UNREADABLE } from '../stored-json.js';
import { viewOfWindow } from '../stored-views.js';
import { type Context } from './context.js';
import { type OpenWindow } from './rows.js';
import { type Queries } from './transaction.js';
import { windowOf, type WindowRow } from './window-set.js';

/**
 * Open windows, oldest first. The cursor is the last one that was looked at; when the rows of the page ended within a window, `WINDOW~DELIVERY` is
 * the entry to go on with.
 */
export async function windowPage(queries: Queries, context: Context, query: WindowQuery): Promise<Page<WindowView>> {
  const limit = pageLimit(query.limit);
  const { after, within, entry } = placeOf(context, query.cursor);
  const found = await windowsBehind(queries, context, query, after, limit + 1);
  const items: WindowView[] = [];
  let rows = 0;
  let last = query.cursor ?? '';
  for (const window of found) {
    const id = context.publicId('m', window.id);
    if (items.length === limit || rows >= ROWS_PER_PAGE) return { items, next: last };
    const from = window.id === within ? entry : window.last;
    const hit = await search(queries, window, query.q, from, ROWS_PER_PAGE - rows);
    if (hit.goOnWith !== undefined) return { items, next: `${id}~${context.publicId('d', hit.goOnWith)}` };
    rows += hit.rows;
    if (hit.isHit) {
      items.push(await windowView(queries, context, window));
      rows += 1 + Math.min(window.count, WINDOW_ITEMS);
    }
    last = id;
  }
  return { items, ...(found.length > limit ? { next: last } : {}) };
}

/** Conditions on `open_window`, from the second parameter on, and their values. */
export function windowConditions(
  context: Context,
  { messageId, channel, type, address, openedBefore, openedBy }: WindowFilter,
): { readonly conditions: string; readonly values: readonly (string | number | null)[] } {
  return {
    conditions: `($2::bigint IS NULL OR message = $2) AND ($3::text IS NULL OR channel = $3) AND ($4::text IS NULL OR type = $4)
      AND ($5::text IS NULL OR address = $5) AND ($6::bigint IS NULL OR opened_at < $6) AND ($7::text IS NULL OR opener = $7)`,
    values: [
      messageId === undefined ? null : context.privateId('m', messageId),
      channel ?? null,
      type ?? null,
      address ?? null,
      openedBefore ?? null,
      openedBy ?? null,
    ],
  };
}

async function windowsBehind(
  queries: Queries,
  context: Context,
  query: WindowQuery,
  after: number,
  limit: number,
): Promise<readonly OpenWindow[]> {
  const { conditions, values } = windowConditions(context, query);
  const rows = await queries.query<WindowRow>(
    `SELECT * FROM open_window WHERE message > $1::bigint AND ${conditions} ORDER BY message LIMIT $8::integer`,
    [after, ...values, limit],
  );
  await context.policies.load(
    queries,
    rows.map(({ policy }) => policy),
  );
  return rows.map((row) => windowOf(row, context.policies));
}

interface EntryRow {
  readonly id: number;
  readonly state: number;
  readonly title: string;
}

/** The newest entries of a window up to one of them, those that ended included. */
async function entriesOf(queries: Queries, { id, first }: OpenWindow, upTo: number, limit: number): Promise<readonly EntryRow[]> {
  const rows = await queries.query<Omit<EntryRow, 'title'> & { readonly title: string | null }>(
    `SELECT d.id, d.state, stored_text(coalesce(d.json, c.json), 'title') AS title FROM delivery d LEFT JOIN content c ON c.id = d.content
     WHERE d.message = $1::bigint AND d.id >= $2::bigint AND d.id <= $3::bigint ORDER BY d.id DESC LIMIT $4::integer`,
    [id, first, upTo, limit],
  );
  return rows.map(({ title, ...row }) => ({ ...row, title: title ?? UNREADABLE.title }));
}

/** Whether a title of the window holds the text, from one of its entries on; `goOnWith` when `most` rows did not do. */
async function search(
  queries: Queries,
  window: OpenWindow,
  q: string | undefined,
  from: number,
  most: number,
): Promise<{ readonly isHit: boolean; readonly rows: number; readonly goOnWith?: number }> {
  if (q === undefined) return { isHit: true, rows: 0 };
  const needle = q.toLowerCase();
  const entries = await entriesOf(queries, window, from, most + 1);
  const index = entries.findIndex(({ state, title }) => state === 0 && title.toLowerCase().includes(needle));
  if (index >= 0 && index < most) return { isHit: true, rows: index + 1 };
  const next = entries[most];
  return { isHit: false, rows: Math.min(entries.length, most), ...(next === undefined ? {} : { goOnWith: next.id }) };
}

async function windowView(queries: Queries, context: Context, window: OpenWindow): Promise<WindowView> {
  const newest = await entriesOf(queries, window, window.last, 2 * WINDOW_ITEMS);
  const shown = newest.filter(({ state }) => state === 0).slice(0, WINDOW_ITEMS);
  return viewOfWindow({
    messageId: context.publicId('m', window.id),
    channel: window.channel,
    address: window.address,
    type: window.type,
    ...(window.groupKey === undefined ? {} : { groupKey: window.groupKey }),
    count: window.count,
    maxCount: window.policy.maxCount,
    burst: window.policy.burst === true,
    priority: priorityAt(window.rankStale ? await leastRank(queries, window) : window.rank),
    openedAt: window.openedAt,
    lastActivityAt: window.lastAt,
    dueAt: window.dueAt,
    ...(window.policy.plan && { plan: window.policy.plan }),
    items: shown.toReversed().map(({ id, title }) => ({ id: context.publicId('d', id), title })),
  });
}

async function leastRank(queries: Queries, { id, first, last, rank }: OpenWindow): Promise<number> {
  const [row] = await queries.query<{ readonly rank: number | null }>(
    'SELECT min(rank) AS rank FROM delivery WHERE message = $1::bigint AND id >= $2::bigint AND id <= $3::bigint AND state = 0',
    [id, first, last],
  );
  return row?.rank ?? rank;
}

function placeOf(
  context: Context,
  cursor: string | undefined,
): { readonly after: number; readonly within: number; readonly entry: number } {
  if (cursor === undefined) return { after: 0, within: 0, entry: 0 };
  const [message = '', delivery] = cursor.split('~');
  const window = context.privateId('m', message);
  const entry = delivery === undefined ? 0 : context.privateId('d', delivery);
  if (window === 0 || (delivery !== undefined && entry === 0)) throw badCursor(cursor);
  return entry === 0 ? { after: window, within: 0, entry: 0 } : { after: window - 1, within: window, entry };
}
