import { type HistoryRow } from '../notification-store.js';
import { type Database } from './database.js';

export function recordHistory(db: Database, rows: readonly HistoryRow[]): void {
  const upsert = db.sql(
    `INSERT INTO history (at, step_ms, name, value) VALUES (?, ?, ?, ?)
     ON CONFLICT (at, step_ms, name) DO UPDATE SET value = value + excluded.value`,
  );
  for (const { at, stepMs, name, value } of rows) upsert.run(at, stepMs, name, value);
}

/** Adds up the oldest interval of shorter rows that ends at `before` or earlier. Returns whether there was one. */
export function condenseHistory(db: Database, before: number, stepMs: number): boolean {
  const oldest = db.sql('SELECT min(at) AS at FROM history WHERE step_ms < ?').get(stepMs)?.['at'];
  if (oldest === null || oldest === undefined) return false;
  const start = Math.floor(Number(oldest) / stepMs) * stepMs;
  if (start + stepMs > before) return false;
  const range = [start, start + stepMs, stepMs] as const;
  const sums = db
    .sql('SELECT name, sum(value) AS value FROM history WHERE at >= ? AND at < ? AND step_ms < ? GROUP BY name')
    .all(...range);
  db.sql('DELETE FROM history WHERE at >= ? AND at < ? AND step_ms < ?').run(...range);
  recordHistory(
    db,
    sums.map((row) => ({ at: start, stepMs, name: String(row['name']), value: Number(row['value']) })),
  );
  return true;
}

/** Oldest first. */
export function historyRows(db: Database, from: number, to: number): readonly HistoryRow[] {
  return db
    .sql('SELECT at, step_ms AS stepMs, name, value FROM history WHERE at >= ? AND at < ? ORDER BY at, step_ms, name')
    .all(from, to)
    .map((row) => ({ ...row }) as unknown as HistoryRow);
}
