/** A timer that has not fired yet. */
export interface TimerHandle {
  /** Nothing happens any more when the timer would have fired. It may be called several times. */
  cancel(): void;
}

/**
 * Where the module takes the time from. Tests give a manual one (`nestjs-digest/testing`); nothing else in the
 * module reads the time or sets a timer.
 */
export abstract class Clock {
  /** Epoch milliseconds. May step back when the machine's clock is set. */
  abstract now(): number;
  /** Calls back once, `delayMs` from now (0..2^31-1; longer waits are re-armed by the caller). */
  abstract setTimer(delayMs: number, callback: () => void): TimerHandle;

  /** Goes forward by so many ms from here on (back when negative), to follow the clock of a shared store. A clock without it follows nobody. */
  adjust?(byMs: number): void;
}

/** Node's `setTimeout` fires at once for anything longer (Node.js documentation, `setTimeout`). */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class SystemClock extends Clock {
  private aheadMs = 0;

  now(): number {
    return Date.now() + this.aheadMs;
  }

  override adjust(byMs: number): void {
    this.aheadMs += byMs;
  }

  setTimer(delayMs: number, callback: () => void): TimerHandle {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), MAX_TIMER_MS));
    return { cancel: () => clearTimeout(timer) };
  }
}
