import { batchSizeClass } from '../model/batch-sizes.js';
import { type NotificationEvents } from '../model/notification-events.js';
import { type PoolStatistics } from '../transports/transport.js';
import { type BreakerState } from '../model/breaker.js';
import { type ChannelPause } from './channel-state.js';

/** A channel as the processor sees it. */
export interface ChannelStatus {
  /** As it was registered. */
  readonly name: string;
  /** `false`, or who paused it and why. */
  readonly paused: ChannelPause | false;
  /** Of the channel: open after failures in a row, then one probe at a time. */
  readonly breaker: BreakerState;
  /** Receivers of the channel whose own breaker is open. */
  readonly openEndpoints: readonly { readonly endpoint: string; readonly detail: string }[];
  /** Batches being sent. */
  readonly inFlight: number;
  /** Messages that the next batch may hold, and why so many. */
  readonly batchSize: number;
  /** See `batchSize`. */
  readonly batchSizeReason: string;
  /** Batches that may be in flight at once. */
  readonly maxInFlight: number;
  /** Its connections; absent where the transport has none. */
  readonly pool?: PoolStatistics;
}

/** What the batches of one channel came to since the start. */
export interface ChannelBatchStatistics extends ChannelStatus {
  /** Batches that came back from the transport. */
  readonly batches: number;
  /** Messages in them. */
  readonly messages: number;
  /** Messages of a batch; 0 without any. */
  readonly averageSize: number;
  /** Time of a batch in the transport, ms; 0 without any. */
  readonly averageMs: number;
  /** Batches by size class: `1`, `2`, `3-5` … `101+`. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** What this instance sends, and has sent since its start. */
export interface BatchStatistics {
  /** Epoch ms. */
  readonly asOf: number;
  /** Batches being sent, over all channels. */
  readonly inFlight: number;
  /** By name. */
  readonly channels: Readonly<Record<string, ChannelBatchStatistics>>;
}

/** What a stop came to, in deliveries. */
export interface ShutdownReport {
  /** Delivered since the stop began. */
  readonly sent: number;
  /** Ready, or being tried again: they stay durable. */
  readonly left: number;
  /** Windows that are still open; they stay durable. */
  readonly openWindows: number;
}

/** The sums of every channel, from the events of its batches. */
export class BatchTallies {
  private readonly tallies = new Map<string, BatchTally>();

  constructor(events: NotificationEvents) {
    events.on('batchFinished', ({ channel, size, durationMs }) => {
      if (size > 0) this.of(channel).add(size, durationMs);
    });
  }

  of(channel: string): BatchTally {
    let tally = this.tallies.get(channel);
    if (tally === undefined) {
      tally = new BatchTally();
      this.tallies.set(channel, tally);
    }
    return tally;
  }
}

/** Sums over the batches of one channel. */
class BatchTally {
  batches = 0;
  messages = 0;
  totalMs = 0;
  readonly sizes: Record<string, number> = {};

  add(size: number, durationMs: number): void {
    const sizeClass = batchSizeClass(size);
    this.batches++;
    this.messages += size;
    this.totalMs += durationMs;
    this.sizes[sizeClass] = (this.sizes[sizeClass] ?? 0) + 1;
  }

  view(status: ChannelStatus): ChannelBatchStatistics {
    const { batches, messages, totalMs } = this;
    return {
      ...status,
      batches,
      messages,
      averageSize: batches === 0 ? 0 : messages / batches,
      averageMs: batches === 0 ? 0 : totalMs / batches,
      sizes: { ...this.sizes },
    };
  }
}
