import { type HistoryRow } from '../notification-store.js';

/** Rows by what they are of. */
export type MemoryHistory = Map<string, HistoryRow>;

/** Rows of one name and interval are summed. */
export function recordHistory(history: MemoryHistory, rows: readonly HistoryRow[]): void {
  for (const row of rows) {
    const key = JSON.stringify([row.at, row.stepMs, row.name]);
    history.set(key, { ...row, value: row.value + (history.get(key)?.value ?? 0) });
  }
}

export function historyRows(history: MemoryHistory, from: number, to: number): HistoryRow[] {
  return [...history.values()]
    .filter(({ at }) => from <= at && at < to)
    .sort((a, b) => a.at - b.at || a.stepMs - b.stepMs || (a.name < b.name ? -1 : 1));
}

export function condenseHistory(history: MemoryHistory, before: number, stepMs: number): boolean {
  const shorter = [...history].filter(([, row]) => row.stepMs < stepMs);
  const start = Math.floor(Math.min(...shorter.map(([, { at }]) => at)) / stepMs) * stepMs;
  if (shorter.length === 0 || start + stepMs > before) return false;
  for (const [key, { at, name, value }] of shorter) {
    if (at >= start + stepMs) continue;
    history.delete(key);
    recordHistory(history, [{ at: start, stepMs, name, value }]);
  }
  return true;
}
