import { type Clock, type TimerHandle } from '../model/clock.js';

/** It looks again at least this often, whatever its timer was set for: a clock may be set. */
const LONGEST_SLEEP_MS = 60_000;
/** After a pass that failed. */
const FAILED_PASS_MS = 1_000;

/** Runs passes, one after another and never two at once: when it is woken, and when the last one said. One timer. */
export class PassLoop {
  private on = false;
  private again = false;
  private pass: Promise<void> | undefined;
  private timer: TimerHandle | undefined;

  /**
   * @param onePass says when to look again, epoch ms
   * @param failed  told of a pass that threw, before it is tried again
   * @param longestSleepMs asked before each sleep
   */
  constructor(
    private readonly clock: Clock,
    private readonly onePass: () => Promise<number | undefined>,
    private readonly failed: (error: unknown) => void,
    private readonly longestSleepMs = () => LONGEST_SLEEP_MS,
  ) {}

  get running(): boolean {
    return this.on;
  }

  /** Nothing is being done and nothing is asked for. */
  get idle(): boolean {
    return !this.again && this.pass === undefined;
  }

  start(): void {
    this.on = true;
    this.wake();
  }

  /** Runs a pass, or another one after the one that is running. */
  wake(): void {
    if (!this.on) return;
    this.again = true;
    this.pass ??= this.passes();
  }

  /** The pass that is running, if there is one. */
  async settled(): Promise<void> {
    await this.pass;
  }

  /** No pass begins any more. */
  stop(): void {
    this.on = false;
    this.timer?.cancel();
  }

  private async passes(): Promise<void> {
    // `again` is looked at and `pass` is cleared in one turn: a wake-up in between would be lost.
    while (this.again && this.on) {
      this.again = false;
      try {
        this.arm(await this.onePass());
      } catch (error) {
        this.failed(error);
        this.arm(this.clock.now() + FAILED_PASS_MS);
      }
    }
    this.pass = undefined;
  }

  private arm(at: number | undefined): void {
    this.timer?.cancel();
    if (!this.on) return;
    const longestMs = this.longestSleepMs();
    const delayMs = at === undefined ? longestMs : Math.min(longestMs, Math.max(0, at - this.clock.now()));
    this.timer = this.clock.setTimer(delayMs, () => this.wake());
  }
}
