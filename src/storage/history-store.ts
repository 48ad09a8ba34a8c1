import { type HistoryRow } from './store-records.js';

/** Counters over time. */
export interface HistoryStore {
  /** Adds to the history; rows of the same `at`, `stepMs` and `name` are summed. */
  record(rows: readonly HistoryRow[]): Promise<void>;
  /** Rows with `from` ≤ `at` < `to`, oldest first. */
  history(from: number, to: number): Promise<readonly HistoryRow[]>;
  /**
   * Adds the shorter rows of the oldest interval of `stepMs` that has any up to rows of that length; only of intervals that end at `before` or
   * earlier. Returns whether there was one.
   */
  condenseHistory(before: number, stepMs: number): Promise<boolean>;
}
