import { type DeliveryView } from '../../model/delivery.js';
import { type FailureReason } from '../../model/failure.js';
import { type DeadFilter, type DeadLetter, type DeadQuery, type Page, type PageRequest } from '../notification-store.js';
import { pageLimit, ROWS_PER_PAGE } from '../page.js';
import { rowCursor, sliceCursor } from '../slice-cursor.js';
import { contentOf, errorsOf } from './content.js';
import { type Context } from './context.js';
import { deliveryView, selectViews, type ViewRow } from './delivery-view.js';
import { messageOf, type MessageRow } from './message-set.js';
import { type Message } from './rows.js';
import { type Queries } from './transaction.js';

/** A dead message, and whether an operator hid it. */
export interface DeadMessage {
  readonly message: Message;
  readonly reason: FailureReason;
  readonly dismissed: boolean;
}

/** Dead deliveries, newest message first. The cursor is a message and the delivery in it to go on behind; 0: the next message. */
export async function deadPage(queries: Queries, context: Context, query: DeadQuery): Promise<Page<DeliveryView>> {
  const limit = pageLimit(query.limit);
  const [message, delivery] = query.cursor === undefined ? [Number.MAX_SAFE_INTEGER, 0] : rowCursor(query.cursor);
  const looked = await deadBelow(queries, delivery === 0 ? message : message + 1, ROWS_PER_PAGE);
  const shown = looked.filter((found) => isWanted(found, query) && (query.dismissed === true || !found.dismissed));
  const rows = await queries.query<ViewRow>(
    `${selectViews()} AND d.message = ANY($1::bigint[]) AND d.state = 0 AND (d.message <> $2::bigint OR d.id < $3::bigint)
     ORDER BY d.message DESC, d.id DESC LIMIT ${ROWS_PER_PAGE + 1}`,
    [shown.map(({ message: { id } }) => id), message, delivery],
  );
  const oldest = looked.at(-1);
  const following = oldest !== undefined && looked.length === ROWS_PER_PAGE ? { next: `${oldest.message.id}.0` } : {};
  const items: DeliveryView[] = [];
  for (const [index, row] of rows.slice(0, ROWS_PER_PAGE).entries()) {
    if (isWantedEntry(context, row, query)) items.push(deliveryView(context, row));
    if (items.length < limit && index < ROWS_PER_PAGE - 1) continue;
    return { items, ...(index === rows.length - 1 ? following : { next: `${row.message}.${row.id}` }) };
  }
  return { items, ...following };
}

/** Dead messages in a few words, newest first. The cursor is the last message. */
export async function deadLetters(
  queries: Queries,
  context: Context,
  filter: DeadFilter,
  { cursor }: PageRequest,
): Promise<Page<DeadLetter>> {
  const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : rowCursor(cursor)[0];
  const looked = await deadBelow(queries, before, ROWS_PER_PAGE);
  const wanted = looked.filter((found) => isWanted(found, filter));
  const samples = await queries.query<{ readonly message: number; readonly id: number }>(
    'SELECT message, max(id) AS id FROM delivery WHERE message = ANY($1::bigint[]) AND state = 0 GROUP BY message',
    [wanted.map(({ message: { id } }) => id)],
  );
  const sampleOf = new Map(samples.map(({ message, id }) => [message, id]));
  const items = wanted.map(({ message, reason, dismissed }) => {
    const last = errorsOf(message.errors).at(-1);
    return {
      sampleId: context.publicId('d', sampleOf.get(message.id) ?? 0),
      channel: message.channel,
      address: message.address,
      type: message.type,
      reason,
      detail: last?.message ?? '',
      count: message.count,
      at: last === undefined ? message.updatedAt : Date.parse(last.at),
      dismissed,
    };
  });
  const oldest = looked.at(-1);
  return { items, ...(oldest === undefined || looked.length < ROWS_PER_PAGE ? {} : { next: sliceCursor(oldest.message.id, 0) }) };
}

/** Deliveries of at most so many messages that are hidden. */
export async function dismissedCount(queries: Queries, mostMessages: number): Promise<number> {
  const [row] = await queries.query<{ readonly count: number }>(
    `SELECT coalesce(sum(m.count), 0)::bigint AS count
     FROM (SELECT message FROM dead WHERE dismissed_at IS NOT NULL LIMIT $1::integer) AS d JOIN message m ON m.id = d.message`,
    [mostMessages],
  );
  return row?.count ?? 0;
}

/**
 * Dead messages below one, newest first.
 *
 * @param among only these; all when absent
 */
export async function deadBelow(
  queries: Queries,
  before: number,
  limit: number,
  among?: readonly number[],
): Promise<readonly DeadMessage[]> {
  const rows = await queries.query<MessageRow & { readonly dead_reason: FailureReason; readonly dismissed_at: number | null }>(
    `SELECT m.*, d.reason AS dead_reason, d.dismissed_at FROM (
       SELECT * FROM dead WHERE message < $1::bigint AND ($3::bigint[] IS NULL OR message = ANY($3::bigint[])) ORDER BY message DESC LIMIT $2::integer
     ) AS d JOIN message m ON m.id = d.message ORDER BY m.id DESC`,
    [before, limit, among ?? null],
  );
  return rows.map((row) => ({ message: messageOf(row), reason: row.dead_reason, dismissed: row.dismissed_at !== null }));
}

/** What a message itself says of a filter. */
export function isWanted({ message, reason }: DeadMessage, filter: DeadFilter): boolean {
  return (
    (filter.channel === undefined || message.channel === filter.channel) &&
    (filter.address === undefined || message.address === filter.address) &&
    (filter.reason === undefined || reason === filter.reason) &&
    (filter.type === undefined || message.types.has(filter.type))
  );
}

function isWantedEntry(context: Context, { id, json }: ViewRow, { ids, type }: DeadFilter): boolean {
  return (type === undefined || contentOf(json).type === type) && (ids === undefined || ids.includes(context.publicId('d', id)));
}
