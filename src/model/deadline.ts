import { type Clock, type TimerHandle } from './clock.js';

/** A signal that fires when a time is over, or when another signal does. It is ended once it is not needed: its timer must not outlive what it bounds. */
export class Deadline {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly timer: TimerHandle;

  /** @param signals fire it too, whichever comes first */
  constructor(clock: Clock, delayMs: number, ...signals: readonly AbortSignal[]) {
    this.signal = signals.length === 0 ? this.controller.signal : AbortSignal.any([this.controller.signal, ...signals]);
    this.timer = clock.setTimer(delayMs, () => this.controller.abort(new DOMException('the time is over', 'TimeoutError')));
  }

  /** The time is over; false while it is not, also when another signal fired. */
  get isOver(): boolean {
    return this.controller.signal.aborted;
  }

  end(): void {
    this.timer.cancel();
  }
}
