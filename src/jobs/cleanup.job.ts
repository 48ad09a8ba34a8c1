import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { BatchAggregationService } from '../aggregation/batch-aggregation.service.js';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { NotificationStore } from '../storage/notification-store.js';

/** A window that is due for longer than this was forgotten by whatever should close it. */
export const STALE_AFTER_MS = 24 * 60 * 60 * 1000;
/** Messages that one step drops: a few milliseconds of the store. */
const STEP_MESSAGES = 1_000;
/** The rest waits for the next run. */
const MAX_STEPS = 200;
/** The history is kept by the minute for this long, then by the hour. */
const MINUTES_FOR_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;
/** Open windows that one run looks at. */
const MAX_WINDOW_PAGES = 50;

export interface CleanupReport {
  readonly deliveries: number;
  readonly messages: number;
  /** Windows long past their time that were sent. */
  readonly staleWindows: number;
  /** There is more for the next run. */
  readonly more: boolean;
}

/** Drops what ended long ago and adds up old history, in steps that let others go on between them, and sends windows that were left over. */
@Injectable()
export class CleanupJob {
  private readonly logger = new Logger('NotificationCleanup');

  constructor(
    private readonly store: NotificationStore,
    private readonly aggregation: BatchAggregationService,
    @Inject(NOTIFICATION_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** @param signal stops it between two steps */
  async runOnce(now: number, signal?: AbortSignal): Promise<CleanupReport> {
    const { finishedMs, historyMs } = this.options.retention;
    const pruned = { deliveries: 0, messages: 0, more: true };
    for (let step = 0; step < MAX_STEPS && pruned.more && signal?.aborted !== true; step++) {
      const { deliveries, messages, more } = await this.store.prune(now - finishedMs, now - historyMs, STEP_MESSAGES);
      pruned.deliveries += deliveries;
      pruned.messages += messages;
      pruned.more = more;
      await nextTurn();
    }
    await this.condense(now, signal);
    return { ...pruned, staleWindows: await this.flushStale(now, signal) };
  }

  /** Hour by hour; most runs find one at the most. */
  private async condense(now: number, signal: AbortSignal | undefined): Promise<void> {
    for (let step = 0; step < MAX_STEPS && signal?.aborted !== true; step++) {
      if (!(await this.store.condenseHistory(now - MINUTES_FOR_MS, HOUR_MS))) return;
      await nextTurn();
    }
  }

  private async flushStale(now: number, signal: AbortSignal | undefined): Promise<number> {
    const nextDueAt = await this.store.nextDueAt();
    const staleBefore = now - STALE_AFTER_MS;
    if (nextDueAt === undefined || nextDueAt >= staleBefore) return 0;
    const stale: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_WINDOW_PAGES && signal?.aborted !== true; page++) {
      const { items, next } = await this.store.windows({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
      stale.push(...items.filter(({ dueAt }) => Date.parse(dueAt) < staleBefore).map(({ messageId }) => messageId));
      if (next === undefined) break;
      cursor = next;
    }
    let flushed = 0;
    for (const messageId of stale) flushed += (await this.aggregation.flush({ messageId })).flushed;
    if (flushed > 0) this.logger.warn(`${flushed} windows were more than a day past their time, and are sent now`);
    return flushed;
  }
}
