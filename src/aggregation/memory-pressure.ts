import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock, type TimerHandle } from '../model/clock.js';
import { NotificationEvents } from '../model/notification-events.js';
import { SLICE_ROWS } from '../storage/command-runner.js';
import { NotificationStore } from '../storage/notification-store.js';

export const SAMPLE_EVERY_MS = 1_000;
/** Over the limit by this part of it, pressure is full. */
const FULL_AT = 0.1;
/** It ends when this part of the limit is no longer exceeded: memory that goes up and down about the limit is one episode. */
const ENDS_BELOW = 0.95;
/** What one sample flushes: this part of what gathers, and at most so many windows. */
const FLUSH_PART = 0.1;
const FLUSH_LEAST = 1_000;
const FLUSH_WINDOWS = 1_000;
const MIB = 1024 * 1024;

/**
 * Watches the resident set against `MEMORY_PRESSURE_MB`. While it is over, the largest windows are sent early, a tenth of what gathers a second,
 * and intake waits (`Backpressure`). Without a limit it does nothing.
 */
@Injectable()
export class MemoryPressure {
  private readonly logger = new Logger('MemoryPressure');
  private readonly limitBytes: number;
  private timer: TimerHandle | undefined;
  private sampling: Promise<void> = Promise.resolve();
  private present = 0;

  constructor(
    private readonly store: NotificationStore,
    private readonly clock: Clock,
    private readonly events: NotificationEvents,
    @Inject(NOTIFICATION_OPTIONS) { memory }: ResolvedOptions,
  ) {
    this.limitBytes = memory.pressureMb * MIB;
  }

  /** How far memory is over its limit: 0 is not at all, 1 a tenth of the limit or more. */
  get level(): number {
    return this.present;
  }

  /** Undefined without a limit. */
  get limitMb(): number | undefined {
    return this.limitBytes === 0 ? undefined : this.limitBytes / MIB;
  }

  /** Once the store is open. */
  start(): void {
    if (this.limitBytes > 0) this.arm();
  }

  /** Before the store closes. */
  async stop(): Promise<void> {
    this.timer?.cancel();
    this.present = 0;
    await this.sampling;
  }

  /** @param rssBytes resident set of the process */
  async sample(rssBytes = process.memoryUsage.rss()): Promise<void> {
    const over = (rssBytes - this.limitBytes) / (this.limitBytes * FULL_AT);
    const before = this.present;
    if (over > 0) this.present = Math.min(1, over);
    else if (rssBytes < this.limitBytes * ENDS_BELOW) this.present = 0;
    if (this.present > 0) await this.relieve(before === 0, rssBytes);
    else if (before > 0) this.logger.log(`memory is below MEMORY_PRESSURE_MB=${this.limitMb} again`);
  }

  /** Windows are sent early where that frees memory of this process. */
  private async relieve(first: boolean, rssBytes: number): Promise<void> {
    const { holdsWindowsInProcess } = this.store.traits;
    if (first) {
      const used = Math.round(rssBytes / MIB);
      const early = holdsWindowsInProcess ? 'the largest windows are sent early, ' : '';
      this.logger.warn(`${used} MiB are over MEMORY_PRESSURE_MB=${this.limitMb}: ${early}intake waits`);
    }
    if (!holdsWindowsInProcess) return;
    const { items } = (await this.store.snapshot()).windows;
    let deliveries = Math.max(FLUSH_LEAST, items * FLUSH_PART);
    for (let windows = FLUSH_WINDOWS; windows > 0 && deliveries > 0;) {
      const limit = Math.min(windows, SLICE_ROWS);
      const { closed } = await this.store.flushLargest(deliveries, limit, this.clock.now());
      if (closed.length < limit) return;
      windows -= limit;
      deliveries -= closed.reduce((sum, { count }) => sum + count, 0);
    }
  }

  private arm(): void {
    this.timer = this.clock.setTimer(SAMPLE_EVERY_MS, () => {
      this.arm();
      this.sampling = this.sampling
        .then(() => this.sample())
        .catch((error: unknown) => this.events.emit('failed', { where: 'relieving memory', error }));
    });
  }
}
