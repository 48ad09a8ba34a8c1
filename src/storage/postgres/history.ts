import { type HistoryRow } from '../notification-store.js';
import { type Queries } from './transaction.js';

/** Rows of several instances are added in one order: two that record at once do not wait for each other in a circle. */
const UPSERT = `INSERT INTO history AS h (at, step_ms, name, value)
  SELECT at, step_ms, name, sum(value) FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::double precision[]) AS r (at, step_ms, name, value)
  GROUP BY at, step_ms, name ORDER BY at, step_ms, name
  ON CONFLICT (at, step_ms, name) DO UPDATE SET value = h.value + excluded.value`;

export async function recordHistory(queries: Queries, rows: readonly HistoryRow[]): Promise<void> {
  const columns = [
    rows.map(({ at }) => at),
    rows.map(({ stepMs }) => stepMs),
    rows.map(({ name }) => name),
    rows.map(({ value }) => value),
  ];
  await queries.run(UPSERT, columns);
}

/** Adds up the oldest interval of shorter rows that ends at `before` or earlier. Returns whether there was one. */
export async function condenseHistory(queries: Queries, before: number, stepMs: number): Promise<boolean> {
  const [oldest] = await queries.query<{ readonly at: number | null }>(
    'SELECT min(at) AS at FROM history WHERE step_ms < $1::bigint',
    [stepMs],
  );
  if (oldest === undefined || oldest.at === null) return false;
  const start = Math.floor(oldest.at / stepMs) * stepMs;
  if (start + stepMs > before) return false;
  const removed = await queries.query<{ readonly name: string; readonly value: number }>(
    'DELETE FROM history WHERE at >= $1::bigint AND at < $2::bigint AND step_ms < $3::bigint RETURNING name, value',
    [start, start + stepMs, stepMs],
  );
  await recordHistory(
    queries,
    removed.map(({ name, value }) => ({ at: start, stepMs, name, value })),
  );
  return true;
}

/** Oldest first. */
export async function historyRows(queries: Queries, from: number, to: number): Promise<readonly HistoryRow[]> {
  return queries.query<HistoryRow>(
    `SELECT at, step_ms AS "stepMs", name, value FROM history WHERE at >= $1::bigint AND at < $2::bigint ORDER BY at, step_ms, name`,
    [from, to],
  );
}
