import { type HistoryRow } from '../notification-store.js';
import { type Database } from './database.js';

export function recordHistory(db: Database, rows: readonly HistoryRow[]): void {
  const upsert = db.sql(
    `INSERT INTO history (at, step_ms, name, value) VALUES (?, ?, ?, ?)
     ON CONFLICT (at, step_ms, name) DO UPDATE SET value = value + excluded.value`,
  );
  for (const { at, stepMs, name, value } of rows) upsert.run(at, stepMs, name, value);
}

/** Oldest first. */
export function historyRows(db: Database, from: number, to: number): readonly HistoryRow[] {
  return db
    .sql('SELECT at, step_ms AS stepMs, name, value FROM history WHERE at >= ? AND at < ? ORDER BY at, step_ms, name')
    .all(from, to)
    .map((row) => ({ ...row }) as unknown as HistoryRow);
}
