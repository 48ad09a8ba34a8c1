import {
  type DeadFilter,
  type DismissReport,
  type ReplayProgress,
  type ReplayReport,
  type Slice,
  type Sliced,
} from '../notification-store.js';
import { rowCursor, sliceCursor } from '../slice-cursor.js';
import { iso } from '../stored-views.js';
import { deadBelow, type DeadMessage, isWanted } from './dead.js';
import { MESSAGE_STATE } from './rows.js';
import { type Queries } from './transaction.js';
import { type Work } from './work.js';

/** Replays whose progress is kept. */
const KEPT_REPLAYS = 100;

/** Puts whole dead messages back in the queue, newest first, their ids and contents as they were. The cursor is the last one looked at, and the replay. */
export async function replay(work: Work, filter: DeadFilter, slice: Slice): Promise<Sliced<ReplayReport>> {
  const { limit, now, cursor } = slice;
  const [before, recorded] = cursor === undefined ? [Number.MAX_SAFE_INTEGER, 0] : rowCursor(cursor);
  const { wanted, last } = await deadSlice(work, filter, before, limit);
  const replayId = recorded === 0 && wanted.length > 0 ? await record(work.queries, now) : recorded;
  let replayed = 0;
  for (const {
    message: { id },
  } of wanted) {
    const message = work.messages.get(id);
    if (message === undefined) continue;
    message.attempts = 0;
    message.queuedAt = now;
    message.updatedAt = now;
    message.replay = replayId;
    work.dead.remove(id);
    work.counts.moveAll(message.channel, message.types, message.route, 'dead', 'queued');
    work.requeue(message, now, now);
    replayed += message.count;
  }
  return { replayed, ...(last === undefined ? {} : { next: sliceCursor(last, replayId) }) };
}

/** Hides dead messages, newest first. The cursor is the last one looked at. */
export async function dismiss(work: Work, filter: DeadFilter, { limit, now, cursor }: Slice): Promise<Sliced<DismissReport>> {
  const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : rowCursor(cursor)[0];
  const { wanted, last } = await deadSlice(work, filter, before, limit);
  const hidden = wanted.filter(({ dismissed }) => !dismissed).map(({ message }) => message);
  if (hidden.length > 0) {
    work.queries.send('UPDATE dead SET dismissed_at = $2::bigint WHERE message = ANY($1::bigint[])', [
      hidden.map(({ id }) => id),
      now,
    ]);
  }
  return {
    dismissed: hidden.reduce((sum, { count }) => sum + count, 0),
    ...(last === undefined ? {} : { next: sliceCursor(last, 0) }),
  };
}

/** How far the last replays are, newest first; what was replayed again counts there. */
export async function replays(queries: Queries, limit: number): Promise<readonly ReplayProgress[]> {
  const rows = await queries.query<{
    readonly id: number;
    readonly at: number;
    readonly deliveries: number;
    readonly delivered: number;
    readonly dead: number;
  }>(
    `SELECT r.id, r.at, sum(m.count)::bigint AS deliveries, coalesce(sum(m.count) FILTER (WHERE m.state = ${MESSAGE_STATE.delivered}), 0)::bigint AS delivered,
       coalesce(sum(m.count) FILTER (WHERE m.state = ${MESSAGE_STATE.dead}), 0)::bigint AS dead
     FROM (SELECT id, at FROM replay ORDER BY id DESC LIMIT $1::integer) AS r JOIN message m ON m.replay = r.id GROUP BY r.id, r.at ORDER BY r.id DESC`,
    [limit],
  );
  return rows.map(({ id, at, deliveries, delivered, dead }) => {
    return { id: String(id), at: iso(at), deliveries, delivered, dead, pending: deliveries - delivered - dead };
  });
}

/** The dead that a slice handles, locked; `last` is where the next one goes on. Without ids what was dismissed is passed over. */
async function deadSlice(
  work: Work,
  filter: DeadFilter,
  before: number,
  limit: number,
): Promise<{ readonly wanted: readonly DeadMessage[]; readonly last?: number }> {
  const { queries } = work;
  const looked = await deadBelow(queries, before, limit + 1, filter.ids && (await messagesOf(work, filter.ids)));
  const found = looked.slice(0, limit).filter((dead) => isWanted(dead, filter) && (filter.ids !== undefined || !dead.dismissed));
  const text = 'SELECT message AS id FROM dead WHERE message = ANY($1::bigint[]) ORDER BY message FOR UPDATE SKIP LOCKED';
  const rows = await queries.query<{ readonly id: number }>(text, [found.map(({ message }) => message.id)]);
  const held = new Set(rows.map(({ id }) => id));
  await work.messages.load([...held]);
  const last = looked.length > limit ? looked[limit - 1]?.message.id : undefined;
  return { wanted: found.filter(({ message }) => held.has(message.id)), ...(last === undefined ? {} : { last }) };
}

async function messagesOf({ queries, context }: Work, deliveryIds: readonly string[]): Promise<readonly number[]> {
  const text = 'SELECT DISTINCT message AS id FROM delivery WHERE id = ANY($1::bigint[]) AND state = 0';
  const ids = deliveryIds.map((id) => context.privateId('d', id));
  return (await queries.query<{ readonly id: number }>(text, [ids])).map(({ id }) => id);
}

/** Numbers without a hole: one at a time is recorded. */
async function record(queries: Queries, now: number): Promise<number> {
  await queries.query('LOCK TABLE replay IN SHARE ROW EXCLUSIVE MODE');
  const [row] = await queries.query<{ readonly id: number }>(
    'INSERT INTO replay (id, at) SELECT coalesce(max(id), 0) + 1, $1::bigint FROM replay RETURNING id',
    [now],
  );
  const id = row?.id ?? 0;
  queries.send('DELETE FROM replay WHERE id <= $1::integer', [id - KEPT_REPLAYS]);
  return id;
}
