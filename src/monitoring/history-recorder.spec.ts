import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../testing/manual-clock.js';
import { InvalidRequestError } from '../model/errors.js';
import { NotificationEvents } from '../model/notification-events.js';
import { type BatchProcessorService } from '../processing/batch-processor.service.js';
import { type Instance } from '../storage/instance.js';
import { type HistoryRow, type NotificationStore } from '../storage/notification-store.js';
import { MAX_TYPES, OTHER_TYPE } from './history-counters.js';
import { FLUSH_EVERY_MS, HistoryRecorder } from './history-recorder.js';

class RowStore {
  readonly rows: HistoryRow[] = [];
  broken = false;

  record(rows: readonly HistoryRow[]): Promise<void> {
    if (this.broken) return Promise.reject(new Error('disk full'));
    this.rows.push(...rows);
    return Promise.resolve();
  }

  history(from: number, to: number): Promise<readonly HistoryRow[]> {
    return Promise.resolve(this.rows.filter(({ at }) => from <= at && at < to));
  }

  sum(name: string): number {
    return this.rows.reduce((sum, row) => sum + (row.name === name ? row.value : 0), 0);
  }
}

function setUp(monitoring = true, tellsOfStore = true) {
  const store = new RowStore();
  const events = new NotificationEvents();
  const clock = new ManualClock();
  const recorder = new HistoryRecorder(
    store as unknown as NotificationStore,
    { channels: () => [] } as unknown as BatchProcessorService,
    events,
    clock,
    { tellsOfStore } as unknown as Instance,
    { monitoring },
  );
  const accept = (type: string, count: number): void =>
    events.emit('accepted', { rows: [{ channel: 'email', type, route: 'batch', count }], duplicates: 0, refused: 0 });
  return { store, events, clock, recorder, accept };
}

describe('HistoryRecorder', () => {
  it('counts nothing, writes nothing and sets no timer when the option monitoring is false', async () => {
    const { store, clock, recorder, accept } = setUp(false);
    recorder.start();
    accept('alert', 2);
    expect(clock.pending).toBe(0);
    await expect(recorder.history({})).rejects.toThrow('the history is not kept: the option monitoring is false');
    await recorder.stop();
    expect(store.rows).toEqual([]);
  });

  it('writes sums by the minute, from time to time and at the stop, and leaves no timer', async () => {
    const { store, clock, recorder, accept } = setUp();
    recorder.start();
    accept('alert', 2);
    accept('alert', 3);
    clock.advance(FLUSH_EVERY_MS);
    await recorder.flush();
    expect(store.rows.find(({ name }) => name === 'accepted.email')).toMatchObject({ value: 5, stepMs: 60_000 });
    expect(clock.pending).toBe(1);
    accept('alert', 4);
    await recorder.stop();
    expect(store.sum('accepted.email')).toBe(9);
    expect(clock.pending).toBe(0);
    accept('alert', 1);
    await recorder.stop();
    expect(store.sum('accepted.email')).toBe(9);
  });

  it('keeps what cannot be written, and writes it once it can', async () => {
    const { store, recorder, accept } = setUp();
    store.broken = true;
    accept('alert', 2);
    await recorder.flush();
    accept('alert', 3);
    await recorder.flush();
    expect(store.rows).toEqual([]);
    store.broken = false;
    await recorder.flush();
    expect(store.sum('accepted.email')).toBe(5);
  });

  it('shows what is not written yet, exactly once', async () => {
    const { recorder, accept } = setUp();
    accept('alert', 7);
    for (let times = 0; times < 2; times++) {
      const { items } = await recorder.history({ stepMs: 60_000 * 60 });
      expect(items.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(7);
    }
  });

  it('G8 counts types past the limit together', async () => {
    const { store, recorder, accept } = setUp();
    for (let index = 0; index < MAX_TYPES + 50; index++) accept(`type-${index}`, 1);
    await recorder.flush();
    expect(store.rows.filter(({ name }) => name.startsWith('type.'))).toHaveLength(MAX_TYPES + 1);
    expect(store.sum(`type.${OTHER_TYPE}`)).toBe(50);
  });

  it('refuses an interval that is none, and one of too many steps', async () => {
    const { recorder } = setUp();
    await expect(recorder.history({ from: 5, to: 5 })).rejects.toThrow(InvalidRequestError);
    await expect(recorder.history({ from: 0, stepMs: 60_000 })).rejects.toThrow(/choose a longer step/);
  });
});
