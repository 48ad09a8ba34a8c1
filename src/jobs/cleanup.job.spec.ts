import { describe, expect, it } from '@jest/globals';
import { type BatchAggregationService } from '../aggregation/batch-aggregation.service.js';
import { type ResolvedOptions } from '../config/options.js';
import { type NotificationStore } from '../storage/notification-store.js';
import { CleanupJob, STALE_AFTER_MS } from './cleanup.job.js';

const NOW = Date.UTC(2026, 0, 10);

function setUp(parts: { readonly toPrune?: number; readonly dueAt?: readonly number[] }) {
  let left = parts.toPrune ?? 0;
  const asked: (readonly number[])[] = [];
  const condensed: (readonly number[])[] = [];
  const flushed: string[] = [];
  const dueAt = parts.dueAt ?? [];
  const store = {
    prune: (before: number, historyBefore: number, limit: number) => {
      asked.push([before, historyBefore, limit]);
      const messages = Math.min(left, limit);
      left -= messages;
      return Promise.resolve({ deliveries: 2 * messages, messages, more: left > 0 });
    },
    condenseHistory: (before: number, stepMs: number) => {
      condensed.push([before, stepMs]);
      return Promise.resolve(condensed.length < 3);
    },
    nextDueAt: () => Promise.resolve(dueAt.length === 0 ? undefined : Math.min(...dueAt)),
    windows: ({ cursor = '0' }: { readonly cursor?: string }) => {
      const index = Number(cursor);
      const items = dueAt.slice(index, index + 1).map((due) => ({ messageId: `m-${index}`, dueAt: new Date(due).toISOString() }));
      return Promise.resolve({ items, ...(index + 1 < dueAt.length ? { next: String(index + 1) } : {}) });
    },
  };
  const aggregation = {
    flush: ({ messageId }: { readonly messageId: string }) => {
      flushed.push(messageId);
      return Promise.resolve({ flushed: 1, messageIds: [messageId] });
    },
  };
  const job = new CleanupJob(
    store as unknown as NotificationStore,
    aggregation as unknown as BatchAggregationService,
    { retention: { finishedMs: 1000, historyMs: 5000 } } as ResolvedOptions,
  );
  return { job, asked, condensed, flushed };
}

describe('CleanupJob', () => {
  it('drops what is older than the retention, step by step until nothing is left', async () => {
    const { job, asked } = setUp({ toPrune: 2500 });
    expect(await job.runOnce(NOW)).toEqual({ deliveries: 5000, messages: 2500, staleWindows: 0, more: false });
    expect(asked).toHaveLength(3);
    expect(asked[0]).toEqual([NOW - 1000, NOW - 5000, 1000]);
  });

  it('adds up the minutes of more than a day ago to hours, until there are no more', async () => {
    const { job, condensed } = setUp({});
    await job.runOnce(NOW);
    expect(condensed).toEqual(Array.from({ length: 3 }, () => [NOW - 24 * 3_600_000, 3_600_000]));
  });

  it('G8 leaves the rest of a great heap to the next run, and stops when it is told', async () => {
    expect(await setUp({ toPrune: 1e9 }).job.runOnce(NOW)).toMatchObject({ more: true });
    const { job, asked } = setUp({ toPrune: 1e9 });
    expect(await job.runOnce(NOW, AbortSignal.abort())).toMatchObject({ messages: 0 });
    expect(asked).toEqual([]);
  });

  it('sends windows a day past their time, and no others', async () => {
    const { job, flushed } = setUp({
      dueAt: [NOW + 5, NOW - STALE_AFTER_MS - 1, NOW - STALE_AFTER_MS, NOW - STALE_AFTER_MS - 9],
    });
    expect(await job.runOnce(NOW)).toMatchObject({ staleWindows: 2 });
    expect(flushed).toEqual(['m-1', 'm-3']);
  });
});
