import { type StoreState } from './store-state.js';
import { type Candidate } from './ready-queue.js';
import { type ClaimedRow } from './rows.js';

/** A message with its newest delivery: all of it, when it holds one. */
export interface ReadyRow extends ClaimedRow {
  readonly newest_prev: number;
  readonly newest_state: number;
  readonly newest_priority: number;
  readonly newest_at: number;
  readonly newest_expires_at: number | null;
  readonly json: string | Uint8Array | null;
}

/** Of no more columns than needed: each is a value to make. */
const SELECT = `SELECT m.id, m.channel, m.address, m.type, m.route, m.priority, m.mixed, m.count, m.tail, m.opened_at, m.queued_at, m.ready_at, m.send_by,
    m.attempts, m.policy, m.progress, m.due_at, m.closed_at, m.closed_by, d.prev AS newest_prev, d.state AS newest_state, d.priority AS newest_priority, d.at AS newest_at,
    d.expires_at AS newest_expires_at, c.json AS json
  FROM json_each(?) j JOIN message m ON m.id = j.value JOIN delivery d ON d.id = m.tail LEFT JOIN content c ON c.id = d.content
  WHERE m.state = 1`;

/** The columns of {@link SELECT}, in its order. */
type Columns = readonly [
  id: number,
  channel: string,
  address: string,
  type: string,
  route: number,
  priority: number,
  mixed: number,
  count: number,
  tail: number,
  opened_at: number,
  queued_at: number | null,
  ready_at: number | null,
  send_by: number | null,
  attempts: number,
  policy: number | null,
  progress: string | null,
  due_at: number | null,
  closed_at: number | null,
  closed_by: ReadyRow['closed_by'],
  newest_prev: number,
  newest_state: number,
  newest_priority: number,
  newest_at: number,
  newest_expires_at: number | null,
  json: string | Uint8Array | null,
];

/** What the store holds of candidates that are still queued. One query for all: asking for each by itself took a quarter of a claim's time. */
export function readyMessages({ db }: StoreState, candidates: readonly Candidate[]): ReadonlyMap<number, ReadyRow> {
  const rows = new Map<number, ReadyRow>();
  for (const columns of db.lists(SELECT, JSON.stringify(candidates.map(({ id }) => id)))) {
    const row = rowOf(columns as unknown as Columns);
    rows.set(row.id, row);
  }
  return rows;
}

function rowOf([
  id,
  channel,
  address,
  type,
  route,
  priority,
  mixed,
  count,
  tail,
  opened_at,
  queued_at,
  ready_at,
  send_by,
  attempts,
  policy,
  progress,
  due_at,
  closed_at,
  closed_by,
  newest_prev,
  newest_state,
  newest_priority,
  newest_at,
  newest_expires_at,
  json,
]: Columns): ReadyRow {
  return {
    id,
    channel,
    address,
    type,
    route,
    priority,
    mixed,
    count,
    tail,
    opened_at,
    queued_at,
    ready_at,
    send_by,
    attempts,
    policy,
    progress,
    due_at,
    closed_at,
    closed_by,
    newest_prev,
    newest_state,
    newest_priority,
    newest_at,
    newest_expires_at,
    json,
  };
}
