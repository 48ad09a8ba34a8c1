import { type Clock } from '../model/clock.js';

/** Part of `QUEUE_MAX_PENDING` from which callers are slowed, before they are refused at the whole. */
const SLOW_FROM = 0.9;
/** Longest delay of one call, ms. */
export const MAX_PAUSE_MS = 1_000;

/**
 * How long a call with more waits, ms. It grows with the square of what is over nine tenths of the limit, so that a producer which only reads
 * as fast as it is answered settles at the rate at which the queue drains, well below the limit.
 *
 * @param fill     deliveries that are pending, as a part of the limit
 * @param pressure how far memory is over its limit, 0..1
 */
export function pauseMs(fill: number, pressure: number): number {
  const over = Math.min(1, Math.max(0, (fill - SLOW_FROM) / (1 - SLOW_FROM)));
  return Math.round(MAX_PAUSE_MS * Math.max(over * over, Math.min(1, pressure)));
}

/** Delays the callers of intake while the queue is nearly full or memory is short. */
export class Backpressure {
  /** Deliveries that are not final, by the latest answer of the store. */
  private pending = 0;
  private readonly waiting = new Set<() => void>();

  /** @param pressure 0..1 */
  constructor(
    private readonly clock: Clock,
    private readonly maxPending: number,
    private readonly pressure: () => number,
  ) {}

  learn(pending: number): void {
    this.pending = pending;
  }

  /** Resolves after the delay that is due now; undefined when there is none. A full queue is refused, not delayed. */
  delay(): Promise<void> | undefined {
    const fill = this.pending / this.maxPending;
    const ms = pauseMs(fill < 1 ? fill : 0, this.pressure());
    return ms === 0 ? undefined : this.pause(ms);
  }

  /** Ends all delays. */
  release(): void {
    for (const end of this.waiting) end();
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.waiting.delete(end);
        resolve();
      };
      const timer = this.clock.setTimer(ms, end);
      this.waiting.add(end);
    });
  }
}
