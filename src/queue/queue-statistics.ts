import { type AggregationStatistics } from '../aggregation/aggregation-results.js';
import { type BatchStatistics } from '../processing/batch-statistics.js';
import { type CountRow } from '../storage/notification-store.js';
import { type PoolStatistics } from '../transports/transport.js';

/** What this instance knows of the queue. */
export interface QueueStatistics {
  /** When it was so, epoch ms. Exact with the embedded store. */
  readonly asOf: number;
  /** Deliveries of the store by state, route, channel and type. */
  readonly counts: readonly CountRow[];
  /** Deliveries not final. */
  readonly pending: number;
  /** `QUEUE_MAX_PENDING`. */
  readonly maxPending: number;
  /** What this instance sent since its start. */
  readonly batches: BatchStatistics;
  /** Open windows, and what gathering came to. */
  readonly windows: AggregationStatistics;
  /** Connections, by channel; none of channels that keep none. */
  readonly pools: Readonly<Record<string, PoolStatistics>>;
}
