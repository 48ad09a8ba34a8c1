import { type DeliveryState } from '../../model/delivery.js';
import { type AddressLoad, type AddressSnapshot, type Page, type PageRequest } from '../notification-store.js';
import { badCursor, ROWS_PER_PAGE } from '../page.js';
import { stateAt } from '../persisted.js';
import { IS_QUEUED, messageState } from './delivery-view.js';
import { MESSAGE_STATE, type MessageState } from './rows.js';
import { type Queries } from './transaction.js';

interface HeldRow {
  /** Null: open windows. */
  readonly state: MessageState | null;
  readonly queued: boolean;
  readonly messages: number;
  readonly made: number;
  readonly deliveries: number;
  readonly send_ms: number;
  readonly last: number;
}

interface EntriesRow {
  readonly state: number;
  readonly count: number;
  readonly last: number;
}

/** What one address got, over what the store still keeps. */
export async function addressSnapshot(queries: Queries, channel: string, address: string): Promise<AddressSnapshot | undefined> {
  const held = await queries.query<HeldRow>(
    `SELECT state, queued, count(*) AS messages, count(*) FILTER (WHERE count > 0) AS made, coalesce(sum(count), 0)::bigint AS deliveries,
       coalesce(sum(updated_at - opened_at), 0)::bigint AS send_ms, max(updated_at) AS last
     FROM (SELECT m.state, m.state = ${MESSAGE_STATE.queued} AND ${IS_QUEUED} AS queued, m.count, m.updated_at, m.opened_at
         FROM message m WHERE m.address = $1 AND m.channel = $2
       UNION ALL SELECT NULL, false, count, opened_at, opened_at FROM open_window WHERE address = $1 AND channel = $2) AS m
     GROUP BY state, queued`,
    [address, channel],
  );
  if (held.length === 0) return undefined;
  const entries = await queries.query<EntriesRow>(
    `SELECT d.state, count(*) AS count, max(coalesce(d.ended_at, d.at)) AS last
     FROM (SELECT id, first, last FROM message WHERE address = $1 AND channel = $2
       UNION ALL SELECT message, first, last FROM open_window WHERE address = $1 AND channel = $2) AS m
     JOIN delivery d ON d.message = m.id AND d.id >= m.first AND d.id <= m.last GROUP BY d.state`,
    [address, channel],
  );
  const counts: Partial<Record<DeliveryState, number>> = {};
  const add = (state: DeliveryState, count: number): void => {
    if (count > 0) counts[state] = (counts[state] ?? 0) + count;
  };
  for (const { state, queued, deliveries } of held) add(messageState(state, queued), deliveries);
  for (const { state, count } of entries) if (state !== 0) add(stateAt(state) ?? 'cancelled', count);
  const sent = held.find(({ state }) => state === MESSAGE_STATE.delivered);
  return {
    counts,
    messagesMade: held.reduce((sum, { made }) => sum + made, 0),
    messagesSent: sent?.messages ?? 0,
    deliveriesSent: sent?.deliveries ?? 0,
    openWindows: held.find(({ state }) => state === null)?.messages ?? 0,
    totalSendMs: sent?.send_ms ?? 0,
    lastActivityAt: Math.max(...held.map(({ last }) => last), ...entries.map(({ last }) => last)),
  };
}

interface LoadRow {
  readonly address: string;
  readonly id: number;
  readonly count: number;
  readonly updated_at: number;
  readonly pending: boolean;
}

/**
 * What the addresses of a channel got, in the order of the addresses: of at most `ROWS_PER_PAGE` messages, so that the last address may be a part,
 * which the next page goes on with. The cursor is a message and its address.
 */
export async function addressLoads(queries: Queries, channel: string, { cursor }: PageRequest): Promise<Page<AddressLoad>> {
  const [message, address] = cursor === undefined ? [0, ''] : placeOf(cursor);
  const rows = await queries.query<LoadRow>(
    `SELECT * FROM (
       (SELECT address, id, count, updated_at, state = ${MESSAGE_STATE.queued} AS pending FROM message
        WHERE (address, id) > ($2, $3::bigint) AND channel = $1 ORDER BY address, id LIMIT ${ROWS_PER_PAGE})
       UNION ALL
       (SELECT address, message, count, opened_at, true FROM open_window
        WHERE (address, message) > ($2, $3::bigint) AND channel = $1 ORDER BY address, message LIMIT ${ROWS_PER_PAGE})
     ) AS m ORDER BY address, id LIMIT ${ROWS_PER_PAGE}`,
    [channel, address, message],
  );
  const items = [...Map.groupBy(rows, (row) => row.address)].map(([name, own]) => ({
    address: name,
    messages: own.filter(({ count }) => count > 0).length,
    deliveries: sumOf(own),
    pending: sumOf(own.filter(({ pending }) => pending)),
    lastActivityAt: Math.max(...own.map(({ updated_at: at }) => at)),
  }));
  const last = rows.at(-1);
  return { items, ...(last === undefined || rows.length < ROWS_PER_PAGE ? {} : { next: `${last.id}~${last.address}` }) };
}

function sumOf(rows: readonly LoadRow[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0);
}

function placeOf(cursor: string): readonly [number, string] {
  const match = /^(\d{1,16})~(.*)$/s.exec(cursor);
  if (match === null) throw badCursor(cursor);
  return [Number(match[1]), match[2] ?? ''];
}
