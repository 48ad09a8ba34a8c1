import { type CountRow, type Readiness, type StoreSnapshot } from '../notification-store.js';
import { INTAKE_COUNTS } from './intake.js';
import { routeAt, stateAt } from '../persisted.js';
import { type Queries } from './transaction.js';

/** Ready messages of a lane that are counted: more make no other batch. */
export const READINESS_CAP = 1_000;

/** The counts of all instances, as one transaction saw them. */
export async function snapshotOf(queries: Queries): Promise<StoreSnapshot> {
  const [row] = await queries.query<{
    readonly counts: string;
    readonly pending: number;
    readonly open: number;
    readonly queued: number;
    readonly sending: number;
    readonly oldest: number | null;
  }>(
    `SELECT (SELECT coalesce(json_agg(c), '[]')::text FROM (
         SELECT channel, type, route, state, sum(n) AS count FROM (SELECT channel, type, route, state, n FROM counter UNION ALL ${INTAKE_COUNTS}) AS n GROUP BY channel, type, route, state HAVING sum(n) <> 0) AS c) AS counts,
       (coalesce(sum(pending), 0) + (SELECT coalesce(sum(deliveries), 0) FROM intake))::bigint AS pending, coalesce(sum(open_windows), 0)::bigint AS open, coalesce(sum(queued), 0)::bigint AS queued,
       coalesce(sum(sending), 0)::bigint AS sending, (SELECT opened_at FROM open_window ORDER BY message LIMIT 1) AS oldest
     FROM slot`,
  );
  const stored = JSON.parse(row?.counts ?? '[]') as readonly (Omit<CountRow, 'route' | 'state'> & {
    readonly route: number;
    readonly state: number;
  })[];
  const counts = stored.map(({ channel, type, route, state, count }): CountRow => {
    return { channel, type, route: routeAt(route), state: stateAt(state) ?? 'cancelled', count };
  });
  const { pending = 0, open = 0, queued = 0, sending = 0, oldest = null } = row ?? {};
  return {
    counts,
    pending,
    windows: { open, items: itemsOf(counts), ...(oldest === null ? {} : { oldestAt: oldest }) },
    messages: { queued, sending },
  };
}

/** One row a channel that has anything ready. Of each lane the first {@link READINESS_CAP} are counted, in the order of their stamps. */
export async function readinessOf(queries: Queries): Promise<readonly Readiness[]> {
  const rows = await queries.query<{
    readonly channel: string;
    readonly critical: number;
    readonly ready: number;
    readonly batchable: number;
    readonly since: number | null;
    readonly until: number | null;
  }>(
    `WITH RECURSIVE c AS (
       (SELECT channel FROM ready ORDER BY channel LIMIT 1)
       UNION ALL SELECT (SELECT r.channel FROM ready r WHERE r.channel > c.channel ORDER BY r.channel LIMIT 1) FROM c WHERE c.channel IS NOT NULL)
     SELECT c.channel, count(*) FILTER (WHERE r.lane = 0) AS critical, count(*) FILTER (WHERE r.lane = 1 AND NOT r.waits) AS ready,
       count(*) FILTER (WHERE r.lane = 1 AND r.waits) AS batchable, min(r.ready_at) FILTER (WHERE r.lane = 1 AND r.waits) AS since,
       min(r.send_by) FILTER (WHERE r.lane = 1 AND r.waits) AS until
     FROM c, (VALUES (0::smallint), (1::smallint)) AS l (lane), LATERAL (
       SELECT lane, waits, ready_at, send_by FROM ready WHERE channel = c.channel AND lane = l.lane ORDER BY stamp, id LIMIT ${READINESS_CAP}) AS r
     WHERE c.channel IS NOT NULL GROUP BY c.channel`,
  );
  return rows.map(({ channel, critical, ready, batchable, since, until }) => ({
    channel,
    critical,
    ready,
    batchable,
    ...(since === null ? {} : { oldestBatchableAt: since }),
    ...(until === null ? {} : { batchableUntil: until }),
  }));
}

function itemsOf(counts: readonly CountRow[]): number {
  return counts.reduce((sum, { state, count }) => sum + (state === 'gathering' ? count : 0), 0);
}
