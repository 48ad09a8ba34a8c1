import { type HistoryRow } from '../../dist/index.js';

const MINUTE_MS = 60_000;
const MINUTES = 60;
/** Minutes of the hour in which nothing ran. */
const [DOWN_FROM, DOWN_TO] = [17, 25];

/** The history of an hour before `now`: a quiet half, a stop of eight minutes, and a load that a slow receiver cannot take. */
export function pastHour(now: number): HistoryRow[] {
  const end = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  return Array.from({ length: MINUTES }, (_, minute) => minute)
    .filter((minute) => minute < DOWN_FROM || minute >= DOWN_TO)
    .flatMap((minute) => rowsOf(end - (MINUTES - minute) * MINUTE_MS, minute));
}

function rowsOf(at: number, minute: number): HistoryRow[] {
  const load = minute < DOWN_TO ? 40 : 60 + 190 * Math.exp(-(((minute - 38) / 8) ** 2));
  const wave = 1 + 0.18 * Math.sin(minute * 1.7) + 0.1 * Math.sin(minute * 0.6);
  const accepted = Math.round(load * wave);
  const failing = minute > 33 && minute < 50;
  const failures = Math.round(accepted * (failing ? 0.35 : 0.02));
  const latencyMs = failing ? 2_600 + 900 * Math.sin(minute) : 240 + 60 * Math.sin(minute);
  const pending = minute < DOWN_TO ? 420 + 6 * minute : 700 + 900 * Math.exp(-(((minute - 44) / 9) ** 2));
  const row = (name: string, value: number): HistoryRow => ({ at, stepMs: MINUTE_MS, name, value: Math.round(value) });
  return [
    row('accepted.email', accepted),
    row('delivered.email', accepted - failures),
    row('retry.email', failures),
    row('samples', 6),
    row('standing.pending', pending * 6),
    row('standing.windows', pending * 2),
    row(`latency.${bucketOf(latencyMs)}`, accepted * 0.9),
    row(`latency.${bucketOf(latencyMs * 2.4)}`, accepted * 0.1 + 1),
  ];
}

/** The bucket of the history's histogram for a time; see `HISTORY_ERROR` in `src/monitoring/history-counters.ts`. */
function bucketOf(ms: number): number {
  return Math.ceil(Math.log(ms) / Math.log(1.05 / 0.95));
}
