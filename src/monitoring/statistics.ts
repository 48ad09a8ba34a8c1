import { type AggregationStatistics } from '../aggregation/aggregation-results.js';
import { type DeliveryState, type Route } from '../model/delivery.js';
import { type FailureReason } from '../model/failure.js';
import { type ChannelStatus } from '../processing/batch-statistics.js';
import { type PoolStatistics } from '../transports/transport.js';
import { type EventLoopDelayView } from './event-loop-delay.js';
import { type Quantiles } from './histogram.js';

/** Milliseconds; left out while there is nothing to tell. */
export interface TimeStatistics {
  /** The mean. */
  readonly averageMs?: number;
  /** The median. */
  readonly p50?: number;
  /** Not exceeded 95 times of 100. */
  readonly p95?: number;
  /** Not exceeded 99 times of 100. */
  readonly p99?: number;
}

/** Batches since the start of this instance. */
export interface SentBatchStatistics {
  /** Batches that came back from a transport. */
  readonly count: number;
  /** Messages and deliveries in them. */
  readonly messages: number;
  /** Deliveries in those messages. */
  readonly deliveries: number;
  /** Messages of a batch; 0 without any. */
  readonly averageSize: number;
  /** Batches by size class: `1`, `2`, `3-5` … `101+`. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Time in the transport. */
  readonly time: TimeStatistics;
}

/** One channel: its state in the store, and what this instance sent on it since its start. */
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
  /** Batches that are being sent now. */
  readonly inFlight: number;
  /** Messages that the next batch may hold, and why so many. */
  readonly batchSize: number;
  /** Why `batchSize` is what it is, in a sentence. */
  readonly batchSizeReason: string;
  /** Batches that may be in flight at once. */
  readonly maxInFlight: number;
  /** What it sent. */
  readonly batches: SentBatchStatistics;
  /** Its connections; absent where the transport has none. */
  readonly pool?: PoolStatistics;
  /** Deliveries by how their attempts ended. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Failed deliveries by reason. */
  readonly reasons: Readonly<Partial<Record<FailureReason, number>>>;
}

/**
 * `GET /notifications/stats`. `counts` (but for `duplicates` and `refused`), `messages` and `windows` come from the store. The
 * rest is of the instance that answers, since its start; the history adds it up over all instances. Times are ISO 8601.
 */
export interface Statistics {
  /** Deliveries by what became of them. */
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
  /** Messages that wait, and that are being sent. */
  readonly messages: { readonly queued: number; readonly sending: number };
  /** Of all channels. */
  readonly batches: SentBatchStatistics;
  /** The sum over all channels that have one. */
  readonly pool: PoolStatistics;
  /** Open windows; `items` are the deliveries in them. */
  readonly windows: {
    readonly open: number;
    readonly items: number;
    readonly oldest: string | null;
    readonly oldestAgeMs: number;
  };
  /** What gathering came to. */
  readonly aggregation: AggregationStatistics;
  /** From due to delivered, ms, by delivery; every quantile is off by at most 1 %. */
  readonly latency: Quantiles;
  /** Averages over the last 60 s. */
  readonly rates: { readonly acceptedPerSecond: number; readonly deliveredPerSecond: number };
  /** By name. */
  readonly channels: Readonly<Record<string, ChannelStatistics>>;
  /** Since the start of the module. */
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
  /** Unlike those of all other instances that have the store open. */
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
  /** The channel that was asked for. */
  readonly channel: string;
  /** In the canonical form of the channel. */
  readonly address: string;
  /** Deliveries for it, by what became of them. */
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
  /** Its windows that are open. */
  readonly windows: { readonly open: number };
  /** When something was accepted for it or sent to it last. */
  readonly lastActivityAt?: string;
}
