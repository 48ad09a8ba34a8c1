import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NotificationEvents } from '../model/notification-events.js';
import { ManualClock } from '../testing/manual-clock.js';
import { type FlushReport } from './admin-records.js';
import { ANSWER_AFTER_MS, CommandRunner, SLICE_ROWS, type SlicedCommand } from './command-runner.js';
import { observed } from './observed-store.js';
import { type Database } from './sqlite/database.js';
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
    store = observed(new SqliteStore({ path: ':memory:', maxPending: 1_000_000 }), events);
    runner = new CommandRunner(clock, events, store);
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

  /** The commits of the store from here on, in order: what waited for the disk is `durable`. */
  const commits = (): readonly string[] => {
    const seen: string[] = [];
    const { db } = (store as unknown as { readonly store: { readonly db: Database } }).store;
    const transaction = db.transaction.bind(db);
    db.transaction = (work, durable) => {
      const result = transaction(work, durable);
      seen.push(durable === false ? 'loose' : 'durable');
      return result;
    };
    return seen;
  };

  it('a command of many slices waits for the disk at its first slice and before its answer, and one of one slice once', async () => {
    await open(SLICE_ROWS * 40);
    const seen = commits();
    await runner.run(flushing());
    expect(seen).toEqual(['durable', ...Array<string>(slices.length - 1).fill('loose'), 'durable']);
    await open(1);
    const before = seen.length;
    await runner.runToEnd(flushing());
    expect(seen.slice(before)).toEqual(['durable']);
  });

  it('an answer with more is durable, and so is the end of what goes on in the background', async () => {
    await open(SLICE_ROWS * 3);
    const seen = commits();
    const { promise: over, resolve } = Promise.withResolvers<undefined>();
    await runner.run(
      flushing((slice) => {
        if (slice === 2) clock.advance(ANSWER_AFTER_MS);
        if (slice === 3) resolve(undefined);
      }),
    );
    expect(seen).toEqual(['durable', 'loose', 'durable']);
    await over;
    await runner.stop();
    expect(seen).toEqual(['durable', 'loose', 'durable', 'loose', 'durable']);
  });

  it('a critical notification in the middle of a command is durable by itself', async () => {
    await open(SLICE_ROWS * 4);
    const seen = commits();
    let atAnswer: readonly string[] = [];
    let accepted: Promise<unknown> = Promise.resolve();
    await runner.run(
      flushing((slice) => {
        if (slice !== 2) return;
        accepted = store.accept([direct('critical', { priority: 'critical' })], T0).then(() => (atAnswer = [...seen]));
      }),
    );
    await accepted;
    expect(atAnswer).toEqual(['durable', 'loose', 'durable']);
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
