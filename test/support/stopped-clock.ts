import { Clock, type TimerHandle } from '../../src/model/clock.js';
import { TEST_START_AT } from './claimed-message.js';

/** A clock that stands until it is told to go on. */
export class StoppedClock extends Clock {
  private at = TEST_START_AT;
  private readonly timers = new Set<{ readonly dueAt: number; readonly callback: () => void }>();

  now(): number {
    return this.at;
  }

  setTimer(delayMs: number, callback: () => void): TimerHandle {
    const timer = { dueAt: this.at + delayMs, callback };
    this.timers.add(timer);
    return { cancel: () => void this.timers.delete(timer) };
  }

  /** Timers that wait. */
  get pending(): number {
    return this.timers.size;
  }

  advance(ms: number): void {
    this.at += ms;
    for (const timer of [...this.timers].toSorted((a, b) => a.dueAt - b.dueAt)) {
      if (timer.dueAt > this.at || !this.timers.delete(timer)) continue;
      timer.callback();
    }
  }
}
