import { type Clock, type TimerHandle } from '../model/clock.js';

/** It looks again at least this often, whatever its timer was set for: a clock may be set. */
const LONGEST_SLEEP_MS = 60_000;
/** Pause after a tick that failed, ms. */
const FAILED_TICK_MS = 1_000;

/** Runs one tick at a time: when it is woken, and at the time that the previous tick returned. It uses a single timer. */
export class TickLoop {
  private on = false;
  private again = false;
  private running: Promise<void> | undefined;
  private timer: TimerHandle | undefined;

  /**
   * @param tick resolves with the time of the next tick, epoch ms; undefined: when it is woken
   * @param failed called with the error of a tick that threw, before it is repeated
   * @param longestSleepMs asked before each sleep
   */
  constructor(
    private readonly clock: Clock,
    private readonly tick: () => Promise<number | undefined>,
    private readonly failed: (error: unknown) => void,
    private readonly longestSleepMs = () => LONGEST_SLEEP_MS,
  ) {}

  get isOn(): boolean {
    return this.on;
  }

  /** Nothing is being done and nothing is asked for. */
  get idle(): boolean {
    return !this.again && this.running === undefined;
  }

  start(): void {
    this.on = true;
    this.wake();
  }

  /** Runs a tick, or another one after the one that is running. */
  wake(): void {
    if (!this.on) return;
    this.again = true;
    this.running ??= this.ticks();
  }

  /** Resolves when the tick that is running ended, if there is one. */
  async settled(): Promise<void> {
    await this.running;
  }

  /** Starts no further tick. */
  stop(): void {
    this.on = false;
    this.timer?.cancel();
  }

  private async ticks(): Promise<void> {
    // `again` is read and `running` is cleared in one turn: a wake-up in between would be lost.
    while (this.again && this.on) {
      this.again = false;
      try {
        this.arm(await this.tick());
      } catch (error) {
        this.failed(error);
        this.arm(this.clock.now() + FAILED_TICK_MS);
      }
    }
    this.running = undefined;
  }

  private arm(at: number | undefined): void {
    this.timer?.cancel();
    if (!this.on) return;
    const longestMs = this.longestSleepMs();
    const delayMs = at === undefined ? longestMs : Math.min(longestMs, Math.max(0, at - this.clock.now()));
    this.timer = this.clock.setTimer(delayMs, () => this.wake());
  }
}
