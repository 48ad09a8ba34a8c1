import { Inject, Injectable, Logger } from '@nestjs/common';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { Clock, type TimerHandle } from '../model/clock.js';
import { InvalidRequestError, NotFoundError } from '../model/errors.js';
import { NotificationEvents } from '../model/notification-events.js';
import { BatchProcessorService } from '../processing/batch-processor.service.js';
import { Instance } from '../storage/instance.js';
import { type HistoryRow, NotificationStore } from '../storage/notification-store.js';
import { HISTORY_STEP_MS, historyView, type HistoryView, MAX_HISTORY_STEPS } from './history.js';
import {
  countAccepted,
  countBatch,
  countClosed,
  countConnections,
  countStanding,
  MAX_TYPES,
  OTHER_TYPE,
} from './history-counters.js';

/** How often counts go to the store: what a crash can lose of the history (never of the counts by state). */
export const FLUSH_EVERY_MS = 10_000;
/** Rows kept while the store cannot write; further ones are dropped. */
const MAX_ROWS = 50_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Writes what happened to the store minute by minute, and reads it back. */
@Injectable()
export class HistoryRecorder {
  private readonly logger = new Logger('NotificationHistory');
  private readonly types = new Set<string>();
  private rows = new Map<string, HistoryRow>();
  private flushing: Promise<void> = Promise.resolve();
  private timer: TimerHandle | undefined;
  private failing = false;
  private readonly unsubscribe: readonly (() => void)[];

  constructor(
    private readonly store: NotificationStore,
    private readonly processor: BatchProcessorService,
    events: NotificationEvents,
    private readonly clock: Clock,
    private readonly instance: Instance,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: Pick<ResolvedOptions, 'monitoring'>,
  ) {
    const count = (name: string, by: number): void => this.add(this.minute(), name, by);
    this.unsubscribe = !options.monitoring
      ? []
      : [
          events.on('accepted', (event) => countAccepted(event, (type) => this.knownType(type), count)),
          events.on('batchFinished', (event) => countBatch(event, count)),
          events.on('windowsClosed', (event) => countClosed(event, count)),
          events.on('expirations', (event) => count('expired', event.count)),
          events.on('replayed', (event) => count('replayed', event.count)),
        ];
  }

  /** Once the store is open. Idempotent. */
  start(): void {
    if (!this.options.monitoring) return;
    this.timer ??= this.clock.setTimer(FLUSH_EVERY_MS, () => void this.tick());
  }

  /** Before the store closes: writes the rest, leaves no timer. Idempotent. */
  async stop(): Promise<void> {
    this.timer?.cancel();
    this.timer = undefined;
    for (const unsubscribe of this.unsubscribe) unsubscribe();
    await this.flush();
  }

  /** Writes what was counted since the last time. What cannot be written is kept for the next one. */
  flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.write());
    return this.flushing;
  }

  /**
   * @param query `from` and `to` in epoch ms; the last day by the hour when absent
   * @throws InvalidRequestError, and NotFoundError when the option `monitoring` is false
   */
  async history(query: { readonly from?: number; readonly to?: number; readonly stepMs?: number }): Promise<HistoryView> {
    if (!this.options.monitoring) throw new NotFoundError('the history', 'is not kept: the option monitoring is false');
    // `to` is not in it, and a minute that begins just now is to be.
    const to = query.to ?? this.clock.now() + 1;
    const from = query.from ?? Math.max(0, to - DAY_MS);
    const stepMs = query.stepMs ?? 60 * HISTORY_STEP_MS;
    if (from >= to) throw new InvalidRequestError([{ path: 'from', message: 'must be before to' }]);
    if ((to - from) / stepMs > MAX_HISTORY_STEPS) {
      throw new InvalidRequestError([
        { path: 'stepMs', message: `gives more than ${MAX_HISTORY_STEPS} steps; choose a longer step` },
      ]);
    }
    await this.flush();
    const start = Math.floor(from / stepMs) * stepMs;
    return historyView(await this.store.history(start, to), from, to, stepMs);
  }

  private async tick(): Promise<void> {
    this.timer = undefined;
    this.start();
    await this.sample();
    await this.flush();
  }

  /** What stands now; a step shows the average of its samples. Of the instances that share a store one samples it. */
  private async sample(): Promise<void> {
    const count = (name: string, by: number): void => this.add(this.minute(), name, by);
    const pools = this.processor.channels().flatMap(({ pool }) => (pool === undefined ? [] : [pool]));
    countConnections(pools, count);
    if (!this.instance.tellsOfStore) return;
    try {
      const { pending, windows } = await this.store.snapshot();
      const oldestMs = windows.oldestAt === undefined ? 0 : Math.max(0, this.clock.now() - windows.oldestAt);
      countStanding({ pending, windows: windows.open, oldestMs }, count);
    } catch {
      // A store that does not answer is told of where it is written to.
    }
  }

  private async write(): Promise<void> {
    if (this.rows.size === 0) return;
    const rows = this.rows;
    this.rows = new Map();
    try {
      await this.store.record([...rows.values()]);
      this.failing = false;
    } catch (error) {
      for (const row of rows.values()) this.add(row.at, row.name, row.value);
      if (!this.failing) this.logger.warn(`the history cannot be written, and is kept until it can: ${String(error)}`);
      this.failing = true;
    }
  }

  private add(at: number, name: string, by: number): void {
    const key = `${at} ${name}`;
    const row = this.rows.get(key);
    if (row === undefined && this.rows.size >= MAX_ROWS) return;
    this.rows.set(key, { at, stepMs: HISTORY_STEP_MS, name, value: (row?.value ?? 0) + by });
  }

  private minute(): number {
    return Math.floor(this.clock.now() / HISTORY_STEP_MS) * HISTORY_STEP_MS;
  }

  private knownType(type: string): string {
    if (this.types.has(type)) return type;
    if (this.types.size >= MAX_TYPES) return OTHER_TYPE;
    this.types.add(type);
    return type;
  }
}
