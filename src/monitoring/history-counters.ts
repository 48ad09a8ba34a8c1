import { increase } from './increase.js';
import { type NotificationEventMap } from '../model/notification-events.js';
import { batchSizeClass } from '../model/batch-sizes.js';
import { type PoolStatistics } from '../transports/transport.js';
import { Histogram } from './histogram.js';

/** Names of the history in the store. Every value is a sum, so that rows of any interval can be added up. */
type CounterName = string;

/** Distinct types that have their own counters; further ones are counted together as {@link OTHER_TYPE}. */
export const MAX_TYPES = 100;
/** No type can have this name: types have no capitals. */
export const OTHER_TYPE = 'OTHER';

export type Count = (name: CounterName, by: number) => void;

export function countAccepted(
  event: NotificationEventMap['accepted'][0],
  knownType: (type: string) => string,
  count: Count,
): void {
  for (const row of event.rows) {
    count(`accepted.${row.channel}`, row.count);
    count(`route.${row.route}`, row.count);
    count(`type.${knownType(row.type)}`, row.count);
  }
}

/** Of the times in the history: coarse, as each bucket is a row a minute. */
export const HISTORY_ERROR = 0.05;
const buckets = new Histogram(HISTORY_ERROR);

export function countBatch(event: NotificationEventMap['batchFinished'][0], count: Count): void {
  const { channel } = event;
  const outcomes = { delivered: 0, retry: 0, dead: 0 };
  const reasons = new Map<string, number>();
  const latencies = new Map<number, number>();
  let sent = 0;
  let latencyMs = 0;
  for (const message of event.messages) {
    if (message.outcome === 'released' || message.outcome === 'cancelled') continue;
    outcomes[message.outcome] += message.count;
    if (message.reason !== undefined) increase(reasons, message.reason, message.count);
    if (message.outcome !== 'delivered') continue;
    sent++;
    latencyMs += message.latencyMs * message.count;
    increase(latencies, buckets.bucketOf(message.latencyMs), message.count);
  }
  if (event.size > 0) {
    count(`batches.${channel}`, 1);
    count(`batch_ms.${channel}`, event.durationMs);
    count(`messages.${channel}`, event.size);
    count(`batch_size.${batchSizeClass(event.size)}`, 1);
    count(`batch_time.${buckets.bucketOf(event.durationMs)}`, 1);
  }
  for (const [outcome, deliveries] of Object.entries(outcomes)) if (deliveries > 0) count(`${outcome}.${channel}`, deliveries);
  for (const [reason, deliveries] of reasons) count(`reason.${channel}.${reason}`, deliveries);
  for (const [bucket, deliveries] of latencies) count(`latency.${bucket}`, deliveries);
  if (sent > 0) count(`sent.${channel}`, sent);
  if (sent > 0) count(`latency_ms.${channel}`, latencyMs);
}

/** One sample of the store; divided by `samples`, sums of them are averages. */
export function countStanding(
  standing: { readonly pending: number; readonly windows: number; readonly oldestMs: number },
  count: Count,
): void {
  count('samples', 1);
  count('standing.pending', standing.pending);
  count('standing.windows', standing.windows);
  count('standing.oldest_ms', standing.oldestMs);
}

/** One sample of an instance's connections, over all channels: in use, and the most there may be. */
export function countConnections(pools: readonly PoolStatistics[], count: Count): void {
  count(
    'standing.connections',
    pools.reduce((sum, { inUse }) => sum + inUse, 0),
  );
  count(
    'standing.max_connections',
    pools.reduce((sum, { size }) => sum + size, 0),
  );
}

export function countClosed(event: NotificationEventMap['windowsClosed'][0], count: Count): void {
  for (const window of event.windows) {
    count(`closed.${window.reason}`, 1);
    count('closed_items', window.count);
  }
}
