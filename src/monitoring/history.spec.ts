import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HISTORY_STEP_MS, historyView } from './history.js';

const START = Date.UTC(2026, 0, 1);

describe('historyView', () => {
  it('has every step, and every count in exactly one of them', () => {
    const row = fc.record({ minute: fc.integer({ min: 0, max: 299 }), value: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(row), fc.integer({ min: 1, max: 60 }), (rows, minutes) => {
        const stepMs = minutes * HISTORY_STEP_MS;
        const to = START + 300 * HISTORY_STEP_MS;
        const view = historyView(
          rows.map(({ minute, value }) => ({
            at: START + minute * HISTORY_STEP_MS,
            stepMs: HISTORY_STEP_MS,
            name: 'accepted.email',
            value,
          })),
          START,
          to,
          stepMs,
        );
        expect(view.items.reduce((sum, step) => sum + step.accepted, 0)).toBe(rows.reduce((sum, { value }) => sum + value, 0));
        const starts = view.items.map(({ at }) => Date.parse(at));
        expect(starts[0]).toBe(Math.floor(START / stepMs) * stepMs);
        expect(starts.every((at, index) => index === 0 || at === (starts[index - 1] ?? 0) + stepMs)).toBe(true);
        expect((starts.at(-1) ?? 0) + stepMs).toBeGreaterThanOrEqual(to);
      }),
    );
  });

  it('tells channels, types, routes and reasons apart and makes averages of sums', () => {
    const counters = {
      'accepted.email': 3,
      'type.alert': 2,
      'type.a.b': 1,
      'route.batch': 3,
      'batches.email': 2,
      'messages.email': 6,
      'batch_ms.email': 30,
      'delivered.email': 4,
      'sent.email': 4,
      'latency_ms.email': 200,
      'retry.slack': 2,
      'reason.slack.timed_out': 2,
      'reason.email.timed_out': 1,
      'batch_size.3-5': 2,
      'batch_time.-Infinity': 1,
      'latency.47': 98,
      'latency.70': 2,
      samples: 2,
      'standing.connections': 6,
      'standing.max_connections': 20,
      'closed.time': 1,
      'closed.count': 2,
      expired: 1,
    };
    const rows = Object.entries(counters).map(([name, value]) => ({ at: START, stepMs: HISTORY_STEP_MS, name, value }));
    const [step] = historyView(rows, START, START + 1, HISTORY_STEP_MS).items;
    expect(step).toEqual({
      at: '2026-01-01T00:00:00.000Z',
      accepted: 3,
      delivered: 4,
      retried: 2,
      dead: 0,
      messages: 4,
      batches: 2,
      expired: 1,
      replayed: 0,
      windowsClosed: 3,
      averageBatchSize: 3,
      averageBatchMs: 15,
      averagePending: 0,
      averageOpenWindows: 0,
      averageOldestWindowMs: 0,
      averageLatencyMs: 50,
      poolUtilisation: 0.3,
      latency: {
        count: 100,
        average: expect.closeTo(123, -1),
        p50: expect.closeTo(105, -1),
        p95: expect.closeTo(105, -1),
        p99: expect.closeTo(1_047, -2),
      },
      batchTime: { count: 1, average: 0, p50: 0, p95: 0, p99: 0 },
      batchSizes: { '1': 0, '2': 0, '3-5': 2, '6-10': 0, '11-20': 0, '21-50': 0, '51-100': 0, '101+': 0 },
      byChannel: {
        email: { accepted: 3, delivered: 4, retried: 0, dead: 0, messages: 4, batches: 2, reasons: { timed_out: 1 } },
        slack: { accepted: 0, delivered: 0, retried: 2, dead: 0, messages: 0, batches: 0, reasons: { timed_out: 2 } },
      },
      byType: { alert: 2, 'a.b': 1 },
      byRoute: { batch: 3 },
      byReason: { timed_out: 3 },
    });
  });

  it('has no value where there was no sample, no batch, no delivery and no window that closed', () => {
    const { items } = historyView([], 0, 2 * HISTORY_STEP_MS, HISTORY_STEP_MS);
    expect(items).toHaveLength(2);
    for (const step of items) {
      expect(Object.keys(step).filter((name) => /^average|^reduction$|^poolUtilisation$/.test(name))).toEqual([]);
      expect(step).toMatchObject({ accepted: 0, latency: { count: 0 }, batchTime: { count: 0 } });
      expect([Object.keys(step.latency), Object.keys(step.batchTime)]).toEqual([['count'], ['count']]);
    }
  });

  it('averages what stood, and says by how much aggregation saved', () => {
    const row = (name: string, value: number) => ({ at: 0, stepMs: HISTORY_STEP_MS, name, value });
    const standing = [
      row('samples', 4),
      row('standing.pending', 100),
      row('standing.windows', 8),
      row('standing.oldest_ms', 4_000),
    ];
    const closed = [row('closed.count', 3), row('closed.time', 1), row('closed_items', 20)];
    const { items } = historyView([...standing, ...closed], 0, HISTORY_STEP_MS, HISTORY_STEP_MS);
    expect(items).toMatchObject([{ averagePending: 25, averageOpenWindows: 2, averageOldestWindowMs: 1_000, reduction: 0.8 }]);
  });
});
