import { Clock, type TimerHandle } from '../model/clock.js';

/** 2026-11-20T09:00:00Z, when a manual clock begins unless it is told otherwise. */
export const MANUAL_CLOCK_START_AT = Date.UTC(2026, 10, 20, 9);

interface Timer {
  dueAt: number;
  readonly callback: () => void;
}

/** A clock that stands until it is told to go on. */
export class ManualClock extends Clock {
  private readonly timers = new Set<Timer>();

  /** @param at where it starts, epoch ms */
  constructor(private at = MANUAL_CLOCK_START_AT) {
    super();
  }

  now(): number {
    return this.at;
  }

  setTimer(delayMs: number, callback: () => void): TimerHandle {
    const timer = { dueAt: this.at + Math.max(delayMs, 0), callback };
    this.timers.add(timer);
    return { cancel: () => void this.timers.delete(timer) };
  }

  /** Timers that wait. */
  get pending(): number {
    return this.timers.size;
  }

  /** When the next timer fires, epoch ms; undefined when none waits. */
  get nextTimerAt(): number | undefined {
    return this.next()?.dueAt;
  }

  /** Goes on by `ms`, ≥ 0. Every timer on the way fires at its own time, those that they set too. */
  advance(ms: number): void {
    const until = this.at + ms;
    for (let timer = this.next(); timer !== undefined && timer.dueAt <= until; timer = this.next()) {
      this.timers.delete(timer);
      this.at = Math.max(this.at, timer.dueAt);
      timer.callback();
    }
    this.at = until;
  }

  /** Shows another time, earlier or later, as when the machine's clock is set. No timer fires by it; they keep their delays. */
  set(at: number): void {
    const shiftMs = at - this.at;
    this.at = at;
    for (const timer of this.timers) timer.dueAt += shiftMs;
  }

  private next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) if (next === undefined || timer.dueAt < next.dueAt) next = timer;
    return next;
  }
}
