import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { BatchAggregationService } from '../aggregation/batch-aggregation.service.js';
import { NOTIFICATION_OPTIONS, type ResolvedOptions } from '../config/options.js';
import { NOTIFICATION_LIMITS } from '../model/notification.js';
import { NotificationStore } from '../storage/notification-store.js';

/** A window that is due for longer than this was forgotten by whatever should close it. */
export const STALE_AFTER_MS = 24 * 60 * 60 * 1000;
/** Rows that one step deletes, or pages that it gives back: about 5 ms of the event loop (20 µs each on the machine of the benchmarks). */
export const STEP_ROWS = 250;
/** What ended is kept for this long when the store's disk is nearly full, ms. */
export const LOW_SPACE_FINISHED_MS = 60 * 60 * 1000;
/** Hours of history that one run adds up at most. */
const MAX_STEPS = 200;
/** The history is kept by the minute for this long, then by the hour. */
const MINUTES_FOR_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;
/** Open windows that one run looks at. */
const MAX_WINDOW_PAGES = 50;

interface CleanupReport {
  readonly deliveries: number;
  readonly messages: number;
  /** Windows long past their time that were sent. */
  readonly staleWindows: number;
  /** The run was stopped before everything was deleted. */
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
    const { historyMs } = this.options.retention;
    const request = {
      finishedBefore: now - (await this.finishedMs()),
      keysBefore: now - NOTIFICATION_LIMITS.idempotencyMs,
      historyBefore: now - historyMs,
      limit: STEP_ROWS,
    };
    const pruned = { deliveries: 0, messages: 0, more: true };
    while (pruned.more && signal?.aborted !== true) {
      const { deliveries, messages, more } = await this.store.prune(request);
      pruned.deliveries += deliveries;
      pruned.messages += messages;
      pruned.more = more;
      await nextTurn();
    }
    await this.pruneSuppressions(request.finishedBefore, signal);
    await this.condense(now, signal);
    return { ...pruned, staleWindows: await this.flushStale(now, signal) };
  }

  private async pruneSuppressions(before: number, signal: AbortSignal | undefined): Promise<void> {
    while (signal?.aborted !== true && (await this.store.suppressions.prune(before, STEP_ROWS)) === STEP_ROWS) await nextTurn();
  }

  /** How long what ended is kept, ms: less while the disk is nearly full. */
  private async finishedMs(): Promise<number> {
    const { finishedMs } = this.options.retention;
    const { lowSpace } = await this.store.check();
    if (lowSpace === undefined || finishedMs <= LOW_SPACE_FINISHED_MS) return finishedMs;
    this.logger.warn(`${lowSpace}: what ended more than an hour ago is deleted now`);
    return LOW_SPACE_FINISHED_MS;
  }

  /** Hour by hour; most runs find at most one. */
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
