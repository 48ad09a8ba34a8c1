import { type AggregationStatistics } from '../aggregation/aggregation-results.js';
import { type DeliveryState, type Route } from '../model/delivery.js';
import { type FailureReason } from '../model/failure.js';
import { type ChannelStatus } from '../processing/batch-statistics.js';
import { type PoolStatistics } from '../transports/transport.js';
import { type EventLoopDelayView } from './event-loop-delay.js';
import { type Quantiles } from './histogram.js';

/** Milliseconds; left out while there is nothing to tell. */
export interface TimeStatistics {
  readonly averageMs?: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
}

export interface BatchStatistics {
  /** Batches that came back from a transport. */
  readonly count: number;
  /** Messages and deliveries in them. */
  readonly messages: number;
  readonly deliveries: number;
  readonly averageSize: number;
  /** Batches by size class: `1`, `2`, `3-5` … `101+`. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Time in the transport. */
  readonly time: TimeStatistics;
}

export interface ChannelStatistics {
  /**
   * `degraded`: the part of failed attempts of the last minute is above `health.errorRate`; without an attempt in that time, the last attempt failed.
   */
  readonly state: 'ok' | 'degraded' | 'paused_by_operator' | 'paused_by_failure';
  /** Deliveries of the channel in the store. */
  readonly byState: Readonly<Record<DeliveryState, number>>;
  /** Deliveries whose attempt ended in the last 60 s. */
  readonly lastMinute: { readonly attempts: number; readonly failed: number };
  /** The last attempt that failed since the start; ISO 8601. */
  readonly lastFailure?: { readonly at: string; readonly reason: FailureReason };
  /** `false`, or who paused it, why, and since when (ISO 8601). */
  readonly paused: ChannelStatus['paused'];
  /** Of the channel: open after failures in a row, then one probe at a time. */
  readonly breaker: ChannelStatus['breaker'];
  /** Receivers of the channel that are given a rest. */
  readonly openEndpoints: ChannelStatus['openEndpoints'];
  readonly inFlight: number;
  /** Messages that the next batch may hold, and why so many. */
  readonly batchSize: number;
  readonly batchSizeReason: string;
  /** Batches that may be in flight at once. */
  readonly maxInFlight: number;
  readonly batches: BatchStatistics;
  readonly pool?: PoolStatistics;
  /** Deliveries by how their attempts ended. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly reasons: Readonly<Partial<Record<FailureReason, number>>>;
}

/**
 * `GET /notifications/stats`. `counts` (but for `duplicates` and `refused`), `messages` and `windows` come from the store. The
 * rest is of the instance that answers, since its start; the history adds it up over all instances. Times are ISO 8601.
 */
export interface Statistics {
  readonly counts: {
    /** The sum over `byState`. */
    readonly accepted: number;
    /** Those that are not final. */
    readonly pending: number;
    readonly byState: Readonly<Record<DeliveryState, number>>;
    readonly byRoute: Readonly<Record<Route, number>>;
    readonly byChannel: Readonly<Record<string, number>>;
    readonly byType: Readonly<Record<string, number>>;
    /** Notifications since the start: said again, and refused. */
    readonly duplicates: number;
    readonly refused: number;
  };
  readonly messages: { readonly queued: number; readonly sending: number };
  readonly batches: BatchStatistics;
  /** The sum over all channels that have one. */
  readonly pool: PoolStatistics;
  readonly windows: {
    readonly open: number;
    readonly items: number;
    readonly oldest: string | null;
    readonly oldestAgeMs: number;
  };
  readonly aggregation: AggregationStatistics;
  /** From due to delivered, ms, by delivery; every quantile is off by at most 1 %. */
  readonly latency: Quantiles;
  /** Averages over the last 60 s. */
  readonly rates: { readonly acceptedPerSecond: number; readonly deliveredPerSecond: number };
  readonly channels: Readonly<Record<string, ChannelStatistics>>;
  readonly uptimeMs: number;
  /** This instance's process. */
  readonly process: {
    /** Processor time since its start, ms. */
    readonly cpuMs: { readonly user: number; readonly system: number };
    /** How late the event loop was since the start of the module, ms. */
    readonly eventLoopDelay: EventLoopDelayView;
  };
  /** Instances that have the store open, in the order of their start; one with the embedded store. */
  readonly instances: readonly InstanceView[];
}

/** An instance of the module. */
export interface InstanceView {
  readonly name: string;
  /** It is the one that answers. */
  readonly self: boolean;
  /** Of this package. */
  readonly version: string;
  /** The channels that it sends on; none when it only accepts (`DELIVERY_ENABLED=false`). */
  readonly channels: readonly string[];
  /** ISO 8601. */
  readonly startedAt: string;
  /** Its last heartbeat, ISO 8601. */
  readonly heartbeatAt: string;
}

/** `GET /notifications/stats/channels/:channel/:address`. */
export interface AddressStatistics {
  readonly channel: string;
  readonly address: string;
  readonly counts: {
    readonly accepted: number;
    readonly pending: number;
    readonly byState: Readonly<Record<DeliveryState, number>>;
  };
  /** The same as `counts.pending`. */
  readonly pending: number;
  /** Messages sent to it. */
  readonly messages: number;
  /** The same messages as batches of the deliveries that they carried. */
  readonly batches: {
    /** Open windows, and what came of those that closed. */
    readonly made: number;
    readonly count: number;
    readonly deliveries: number;
    readonly averageSize: number;
    /** From acceptance (of the first entry) to delivery. */
    readonly averageTimeMs: number;
  };
  readonly windows: { readonly open: number };
  readonly lastActivityAt?: string;
}
