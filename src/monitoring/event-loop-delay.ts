import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';

/** Time between two samples, ms: how much shorter a delay is not seen. */
const RESOLUTION_MS = 20;
const NS_PER_MS = 1e6;

type DelayHistogram = ReturnType<typeof monitorEventLoopDelay>;

/** How late the event loop was, ms, beyond the time between two samples. */
export interface EventLoopDelayView {
  /** The mean. */
  readonly meanMs: number;
  /** Not exceeded 99 times of 100. */
  readonly p99Ms: number;
  /** The longest. */
  readonly maxMs: number;
}

/** How long the event loop of this instance was held, since the start and since the last look of the health job. */
@Injectable()
export class EventLoopDelay {
  private all: DelayHistogram | undefined;
  private recent: DelayHistogram | undefined;

  /** Once the module starts. Idempotent. */
  start(): void {
    if (this.all !== undefined) return;
    this.all = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.recent = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.all.enable();
    this.recent.enable();
  }

  stop(): void {
    this.all?.disable();
    this.recent?.disable();
  }

  /** Since the start. */
  view(): EventLoopDelayView {
    const { all } = this;
    if (all === undefined || all.count === 0) return { meanMs: 0, p99Ms: 0, maxMs: 0 };
    return { meanMs: beyond(all.mean), p99Ms: beyond(all.percentile(99)), maxMs: beyond(all.max) };
  }

  /** The longest delay since `forget` was called last, ms. */
  get longestMs(): number {
    return this.recent === undefined || this.recent.count === 0 ? 0 : beyond(this.recent.max);
  }

  /** What comes from here on is new. */
  forget(): void {
    this.recent?.reset();
  }
}

function beyond(ns: number): number {
  return Math.max(0, Math.round(ns / NS_PER_MS - RESOLUTION_MS));
}
