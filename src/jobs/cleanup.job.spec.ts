import { describe, expect, it } from '@jest/globals';
import { type BatchAggregationService } from '../aggregation/batch-aggregation.service.js';
import { type ResolvedOptions } from '../config/options.js';
import { type NotificationStore, type PruneRequest } from '../storage/notification-store.js';
import { CleanupJob, LOW_SPACE_FINISHED_MS, STALE_AFTER_MS, STEP_ROWS } from './cleanup.job.js';

const NOW = Date.UTC(2026, 0, 10);
const FINISHED_MS = 2 * LOW_SPACE_FINISHED_MS;

function setUp(parts: {
  readonly toPrune?: number;
  readonly dueAt?: readonly number[];
  readonly lowSpace?: string;
  readonly onPrune?: () => void;
}) {
  let left = parts.toPrune ?? 0;
  const asked: PruneRequest[] = [];
  const condensed: (readonly number[])[] = [];
  const flushed: string[] = [];
  const pruned: number[] = [];
  const dueAt = parts.dueAt ?? [];
  const store = {
    check: () => Promise.resolve({ ok: true, detail: 'writable', ...(parts.lowSpace && { lowSpace: parts.lowSpace }) }),
    prune: (request: PruneRequest) => {
      asked.push(request);
      parts.onPrune?.();
      const messages = Math.min(left, request.limit);
      left -= messages;
      return Promise.resolve({ deliveries: 2 * messages, messages, more: left > 0 });
    },
    condenseHistory: (before: number, stepMs: number) => {
      condensed.push([before, stepMs]);
      return Promise.resolve(condensed.length < 3);
    },
    suppressions: { prune: (before: number) => Promise.resolve(pruned.push(before)) },
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
    { retention: { finishedMs: FINISHED_MS, historyMs: 5000 } } as ResolvedOptions,
  );
  return { job, asked, condensed, flushed, pruned };
}

describe('CleanupJob', () => {
  it('drops what is older than the retention, step by step until nothing is left', async () => {
    const { job, asked, pruned } = setUp({ toPrune: 2500 });
    expect(await job.runOnce(NOW)).toEqual({ deliveries: 5000, messages: 2500, staleWindows: 0, more: false });
    expect(asked).toHaveLength(10);
    expect(pruned).toEqual([NOW - FINISHED_MS]);
    expect(asked[0]).toEqual({
      finishedBefore: NOW - FINISHED_MS,
      keysBefore: NOW - 24 * 3_600_000,
      historyBefore: NOW - 5000,
      limit: STEP_ROWS,
    });
  });

  it('adds up the minutes of more than a day ago to hours, until there are no more', async () => {
    const { job, condensed } = setUp({});
    await job.runOnce(NOW);
    expect(condensed).toEqual(Array.from({ length: 3 }, () => [NOW - 24 * 3_600_000, 3_600_000]));
  });

  it('G8 deletes everything that is old in one run, however much that is, and stops between two steps when it is told', async () => {
    const messages = 1_000 * STEP_ROWS;
    expect(await setUp({ toPrune: messages }).job.runOnce(NOW)).toMatchObject({ messages, more: false });
    const abort = new AbortController();
    let steps = 0;
    const onPrune = (): void => {
      if (++steps === 3) abort.abort();
    };
    const { job, asked } = setUp({ toPrune: 1e9, onPrune });
    expect(await job.runOnce(NOW, abort.signal)).toMatchObject({ messages: 3 * STEP_ROWS, more: true });
    expect(asked).toHaveLength(3);
  });

  it('deletes what ended more than an hour ago while the disk is nearly full', async () => {
    const { job, asked } = setUp({ lowSpace: '5 MiB are free' });
    await job.runOnce(NOW);
    expect(asked).toMatchObject([{ finishedBefore: NOW - LOW_SPACE_FINISHED_MS, historyBefore: NOW - 5000 }]);
  });

  it('sends windows a day past their time, and no others', async () => {
    const { job, flushed } = setUp({
      dueAt: [NOW + 5, NOW - STALE_AFTER_MS - 1, NOW - STALE_AFTER_MS, NOW - STALE_AFTER_MS - 9],
    });
    expect(await job.runOnce(NOW)).toMatchObject({ staleWindows: 2 });
    expect(flushed).toEqual(['m-1', 'm-3']);
  });
});
