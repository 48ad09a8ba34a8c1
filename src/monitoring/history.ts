import { BATCH_SIZE_CLASSES } from '../model/batch-sizes.js';
import { Histogram, type Quantiles } from './histogram.js';
import { HISTORY_ERROR } from './history-counters.js';
import { type HistoryRow } from '../storage/notification-store.js';

/** The rows of the store are of this length, ms. */
export const HISTORY_STEP_MS = 60_000;
/** Most steps of one answer: a month by the half hour, a day by the minute. */
export const MAX_HISTORY_STEPS = 1_500;

/** Deliveries of one step, except where it says so. */
interface ChannelHistory {
  readonly accepted: number;
  readonly delivered: number;
  readonly retried: number;
  readonly dead: number;
  /** Messages that were delivered. */
  readonly messages: number;
  readonly batches: number;
}

export interface OneChannelHistory extends ChannelHistory {
  /** Attempts that failed. */
  readonly reasons: Readonly<Record<string, number>>;
}

export interface HistoryStep extends ChannelHistory {
  /** Start of the step, ISO 8601. */
  readonly at: string;
  readonly expired: number;
  readonly replayed: number;
  readonly windowsClosed: number;
  /** Averages of what stood at the samples of this step, which are taken every ten seconds. Absent where there is no sample: nothing ran. */
  readonly averagePending?: number;
  readonly averageOpenWindows?: number;
  readonly averageOldestWindowMs?: number;
  /** By how much the messages of the windows that closed are fewer than their deliveries, 0..1. Absent where none closed. */
  readonly reduction?: number;
  /** Part of the connections that were in use at the samples, 0..1. Absent where no channel had connections. */
  readonly poolUtilisation?: number;
  /** From due to delivered, ms, by delivery; quantiles are off by at most 5 %. */
  readonly latency: Quantiles;
  /** Of a batch in its transport, ms; likewise. */
  readonly batchTime: Quantiles;
  /** Batches by size class: `1`, `2`, `3-5` … `101+`. */
  readonly batchSizes: Readonly<Record<string, number>>;
  /** Messages per batch. Absent where there was no batch. */
  readonly averageBatchSize?: number;
  /** Time of a batch in its transport. Absent where there was no batch. */
  readonly averageBatchMs?: number;
  /** From due to delivered. Absent where nothing was delivered. */
  readonly averageLatencyMs?: number;
  readonly byChannel: Readonly<Record<string, OneChannelHistory>>;
  /** Accepted ones. */
  readonly byType: Readonly<Record<string, number>>;
  /** Accepted ones. */
  readonly byRoute: Readonly<Record<string, number>>;
  /** Attempts that failed. */
  readonly byReason: Readonly<Record<string, number>>;
}

/** `GET /notifications/stats/history`. Every step is there, also one in which nothing happened. Times are ISO 8601. */
export interface HistoryView {
  readonly from: string;
  readonly to: string;
  readonly stepMs: number;
  readonly items: readonly HistoryStep[];
}

/** Adds rows up to steps of `stepMs`, which stand on multiples of it since the epoch. */
export function historyView(rows: readonly HistoryRow[], from: number, to: number, stepMs: number): HistoryView {
  const start = Math.floor(from / stepMs) * stepMs;
  const sums = new Map<number, Map<string, number>>();
  for (let at = start; at < to; at += stepMs) sums.set(at, new Map());
  for (const row of rows) {
    const step = sums.get(Math.floor(row.at / stepMs) * stepMs);
    step?.set(row.name, (step.get(row.name) ?? 0) + row.value);
  }
  return {
    from: new Date(start).toISOString(),
    to: new Date(to).toISOString(),
    stepMs,
    items: [...sums].map(([at, counters]) => historyStep(at, counters)),
  };
}

function historyStep(at: number, counters: ReadonlyMap<string, number>): HistoryStep {
  const all = group(counters);
  const total = (prefix: string): number => [...(all.get(prefix)?.values() ?? [])].reduce((sum, value) => sum + value, 0);
  const channels = new Set(
    ['accepted', 'delivered', 'retry', 'dead', 'sent', 'batches'].flatMap((prefix) => [...(all.get(prefix)?.keys() ?? [])]),
  );
  const channelHistory = (value: (prefix: string) => number): ChannelHistory => ({
    accepted: value('accepted'),
    delivered: value('delivered'),
    retried: value('retry'),
    dead: value('dead'),
    messages: value('sent'),
    batches: value('batches'),
  });
  const standing = all.get('standing') ?? new Map<string, number>();
  const reasons = [...(all.get('reason') ?? [])].map(([name, value]) => ({ ...channelAndReason(name), value }));
  const byName = (prefix: string): Record<string, number> => Object.fromEntries(all.get(prefix) ?? []);
  return {
    at: new Date(at).toISOString(),
    ...channelHistory(total),
    expired: total('expired'),
    replayed: total('replayed'),
    windowsClosed: total('closed'),
    ...ratio('averagePending', standing.get('pending'), total('samples')),
    ...ratio('averageOpenWindows', standing.get('windows'), total('samples')),
    ...ratio('averageOldestWindowMs', standing.get('oldest_ms'), total('samples')),
    ...ratio('reduction', total('closed_items') - total('closed'), total('closed_items'), 3),
    ...ratio('poolUtilisation', standing.get('connections'), standing.get('max_connections')),
    latency: quantiles(all.get('latency')),
    batchTime: quantiles(all.get('batch_time')),
    batchSizes: Object.fromEntries(BATCH_SIZE_CLASSES.map((name) => [name, all.get('batch_size')?.get(name) ?? 0])),
    ...ratio('averageBatchSize', total('messages'), total('batches')),
    ...ratio('averageBatchMs', total('batch_ms'), total('batches')),
    ...ratio('averageLatencyMs', total('latency_ms'), total('delivered')),
    byChannel: Object.fromEntries(
      [...channels].toSorted().map((channel) => [
        channel,
        {
          ...channelHistory((prefix) => all.get(prefix)?.get(channel) ?? 0),
          reasons: sums(reasons.filter((row) => row.channel === channel)),
        },
      ]),
    ),
    byType: byName('type'),
    byRoute: byName('route'),
    byReason: sums(reasons),
  };
}

/** `email.timed_out`. */
function channelAndReason(name: string): { readonly channel: string; readonly reason: string } {
  const dot = name.lastIndexOf('.');
  return { channel: name.slice(0, Math.max(0, dot)), reason: name.slice(dot + 1) };
}

function sums(rows: readonly { readonly reason: string; readonly value: number }[]): Record<string, number> {
  const byReason = new Map<string, number>();
  for (const { reason, value } of rows) byReason.set(reason, (byReason.get(reason) ?? 0) + value);
  return Object.fromEntries(byReason);
}

function quantiles(counts: ReadonlyMap<string, number> | undefined): Quantiles {
  const histogram = new Histogram(HISTORY_ERROR);
  for (const [bucket, times] of counts ?? []) histogram.addBucket(Number(bucket), times);
  return histogram.summary();
}

/** `accepted.email` → `accepted` → `email`; what has no second part stands under the empty name. */
function group(counters: ReadonlyMap<string, number>): Map<string, Map<string, number>> {
  const groups = new Map<string, Map<string, number>>();
  for (const [name, value] of counters) {
    const dot = name.indexOf('.');
    const prefix = dot === -1 ? name : name.slice(0, dot);
    let members = groups.get(prefix);
    if (members === undefined) {
      members = new Map();
      groups.set(prefix, members);
    }
    members.set(dot === -1 ? '' : name.slice(dot + 1), value);
  }
  return groups;
}

/** A named ratio, rounded to so many digits; nothing where the whole is nothing. */
function ratio<Name extends string>(name: Name, part = 0, whole = 0, digits = 2): Readonly<Partial<Record<Name, number>>> {
  const scale = 10 ** digits;
  const named: Partial<Record<string, number>> = whole === 0 ? {} : { [name]: Math.round((part / whole) * scale) / scale };
  return named as Readonly<Partial<Record<Name, number>>>;
}
