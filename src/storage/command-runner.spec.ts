import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NotificationEvents } from '../model/notification-events.js';
import { ManualClock } from '../testing/manual-clock.js';
import { type FlushReport } from './admin-records.js';
import { ANSWER_AFTER_MS, CommandRunner, SLICE_ROWS, type SlicedCommand } from './command-runner.js';
import { observed } from './observed-store.js';
import { SqliteStore } from './sqlite/sqlite-store.js';
import { direct, gathered, many, T0 } from './store-bench.conformance.js';

const WINDOWS = 20_000;

describe('CommandRunner', () => {
  let store: SqliteStore;
  let clock: ManualClock;
  let runner: CommandRunner;
  let events: NotificationEvents;
  let slices: number[];

  beforeEach(async () => {
    slices = [];
    clock = new ManualClock(T0);
    events = new NotificationEvents();
    runner = new CommandRunner(clock, events);
    store = observed(new SqliteStore({ path: ':memory:', maxPending: 1_000_000 }), events);
    await store.open(T0);
  });
  afterEach(async () => {
    await runner.stop();
    await store.close();
  });

  const flushing = (after: (slice: number) => void = () => undefined): SlicedCommand<FlushReport, number> => ({
    name: 'flushing',
    step: async (slice) => {
      const report = await store.flush({}, 'flush', slice);
      slices.push(report.closed.length);
      after(slices.length);
      return report;
    },
    start: 0,
    add: (sum, { closed }) => sum + closed.length,
  });
  const open = async (count: number): Promise<void> => {
    await store.accept(
      many(count).map((title) => gathered(title, { groupKey: title })),
      T0,
    );
  };

  it('G5 G8 a critical notification in the middle of a flush of 20 000 windows is answered and claimed before the flush ends', async () => {
    await open(WINDOWS);
    const order: string[] = [];
    let critical: Promise<unknown> = Promise.resolve();
    const accepted = async (): Promise<void> => {
      await store.accept([direct('critical', { priority: 'critical' })], T0);
      const { messages } = await store.claim({ channel: 'email', lane: 'critical', limit: 1, now: T0, leaseMs: 1_000 });
      order.push(`claimed ${messages.length}`);
    };
    const flush = runner.run(
      flushing((slice) => {
        if (slice === 10) critical = accepted();
      }),
    );
    await flush.then(({ total, more }) => order.push(`flushed ${total} ${more}`));
    await critical;
    expect(order).toEqual(['claimed 1', `flushed ${WINDOWS} false`]);
    expect(Math.max(...slices)).toBe(SLICE_ROWS);
  });

  it('answers with more after 10 s, and goes on until all is done', async () => {
    await open(SLICE_ROWS * 4);
    const { promise: over, resolve } = Promise.withResolvers<undefined>();
    const answer = await runner.run(
      flushing((slice) => {
        if (slice === 2) clock.advance(ANSWER_AFTER_MS);
        if (slice === 4) resolve(undefined);
      }),
    );
    expect(answer).toEqual({ total: SLICE_ROWS * 2, more: true });
    await over;
    expect((await store.snapshot()).windows).toMatchObject({ open: 0 });
  });

  it('ends what goes on in the background at the stop, after its slice', async () => {
    await open(SLICE_ROWS * 50);
    await runner.run(flushing((slice) => (slice === 1 ? clock.advance(ANSWER_AFTER_MS) : undefined)));
    await runner.stop();
    const seen = slices.length;
    expect(seen).toBeLessThan(50);
    expect((await store.snapshot()).windows.open).toBe(SLICE_ROWS * (50 - seen));
  });

  it('tells of every window that closed once, a backlog included', async () => {
    const reasons: string[] = [];
    events.on('windowsClosed', ({ windows }) => reasons.push(...windows.map(({ reason }) => reason)));
    await open(2);
    await store.clearBacklog('collapse', T0 + 70_000, { limit: SLICE_ROWS, now: T0 + 86_400_000 });
    expect(reasons).toEqual(['time', 'time']);
    await open(1);
    await runner.runToEnd(flushing());
    expect(reasons).toEqual(['time', 'time', 'flush']);
  });
});
