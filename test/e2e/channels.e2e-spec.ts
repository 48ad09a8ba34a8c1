import { type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { BatchAggregationService } from '../../src/aggregation/batch-aggregation.service.js';
import { HealthService } from '../../src/monitoring/health.service.js';
import { BatchProcessorService } from '../../src/processing/batch-processor.service.js';
import { QueueService } from '../../src/queue/queue.service.js';
import { NotificationStore } from '../../src/storage/notification-store.js';
import { createNotificationTestingModule, type NotificationTesting, type NotificationTestingOptions } from '../../src/testing.js';

const HOUR = 3_600_000;
const note = { type: 'note', channel: 'sms', to: 'ann', title: 'Hello' };
const rules = [{ type: 'note', windowMs: 0, maxCount: 1 }];

describe('channels and instances that do not send', () => {
  let app: INestApplicationContext;
  let testing: NotificationTesting;
  afterEach(() => app.close());

  async function start(options: NotificationTestingOptions = {}): Promise<void> {
    testing = createNotificationTestingModule({
      channels: ['sms', 'pager'],
      batch: { timeoutMs: 0 },
      aggregation: { rules },
      ...options,
    });
    await open();
  }
  async function open(store?: NotificationStore): Promise<void> {
    const builder = Test.createTestingModule({ imports: [testing.module] });
    if (store !== undefined) builder.overrideProvider(NotificationStore).useValue(store);
    app = await (await builder.compile()).init();
  }
  const queue = (): QueueService => app.get(QueueService);
  const processor = (): BatchProcessorService => app.get(BatchProcessorService);
  const channelOf = (name: string) =>
    processor()
      .channels()
      .find((channel) => channel.name === name);

  it('a pause survives a restart, and says since when and by whom', async () => {
    await start();
    const since = new Date(testing.clock.now()).toISOString();
    await processor().pause('sms', 'ann of operations');
    await queue().enqueue(note);
    await testing.advance(HOUR);
    await app.close();
    await open();
    await testing.advance(HOUR);
    expect(testing.transport('sms').sent).toEqual([]);
    expect(channelOf('sms')?.paused).toEqual({ by: 'operator', detail: 'paused by ann of operations', since });
    expect((await app.get(HealthService).report()).channels['sms']).toEqual({
      status: 'ok',
      detail: `paused since ${since}: paused by ann of operations`,
    });
    await processor().resume('sms');
    await testing.settled();
    expect(testing.transport('sms').sent).toHaveLength(1);
    await app.close();
    await open();
    expect(channelOf('sms')?.paused).toBe(false);
  });

  it('a channel that is not registered is neither paused nor resumed', async () => {
    await start();
    const refusal = {
      code: 'not_found',
      status: 404,
      message: expect.stringMatching(/"smss" is not registered; registered are .*sms/),
    };
    await expect(processor().pause('smss')).rejects.toMatchObject(refusal);
    await expect(processor().resume('smss')).rejects.toMatchObject(refusal);
  });

  it('what was accepted for a channel waits while the channel has no transport, and health warns of it', async () => {
    await start();
    await processor().pause('sms');
    for (let i = 0; i < 3; i++) await queue().enqueue(note);
    const store = app.get(NotificationStore);
    await app.close();
    const { clock } = testing;
    testing = createNotificationTestingModule({
      channels: ['pager'],
      batch: { timeoutMs: 0 },
      aggregation: { rules },
      startAt: clock.now(),
    });
    await open(store);
    // Its pause can still be ended.
    await processor().resume('sms');
    await testing.advance(HOUR);
    expect(
      queue()
        .getStatistics()
        .counts.filter(({ channel }) => channel === 'sms'),
    ).toMatchObject([{ state: 'queued', count: 3 }]);
    expect(await app.get(HealthService).report()).toMatchObject({
      status: 'ok',
      channels: { sms: { status: 'warning', detail: expect.stringMatching(/sms; 3 deliveries wait/) } },
    });
    await app.close();
    testing = createNotificationTestingModule({
      channels: ['sms'],
      batch: { timeoutMs: 0 },
      aggregation: { rules },
      startAt: testing.clock.now(),
    });
    await open(store);
    await testing.settled();
    expect(testing.transport('sms').sent.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
  });

  it('an instance without delivery accepts, closes windows and is steered, and sends nothing', async () => {
    await start({ delivery: { enabled: false }, aggregation: { rules: [{ type: 'note', windowMs: 1_000, maxCount: 9 }] } });
    await queue().enqueue(note);
    await queue().enqueue({ ...note, priority: 'critical' });
    await testing.advance(HOUR);
    expect(testing.transport('sms').tried).toEqual([]);
    const { counts, windows } = queue().getStatistics();
    expect(counts.reduce((sum, { state, count }) => sum + (state === 'queued' ? count : 0), 0)).toBe(2);
    expect(windows).toMatchObject({ open: 0, closed: { time: 1 } });
    expect((await app.get(HealthService).report()).batches.detail).toMatch(/DELIVERY_ENABLED/);
    await expect(processor().shutdown()).resolves.toEqual({ sent: 0, left: 2, openWindows: 0 });
  });

  it('G9 a shutdown closes intake first, sends what is due, and says what is left', async () => {
    await start({
      aggregation: { rules: [...rules, { type: 'slow', windowMs: HOUR, maxCount: 9 }] },
      batch: { timeoutMs: 60_000 },
    });
    await queue().enqueue({ ...note, type: 'slow' });
    await queue().enqueue({ ...note, to: 'bob', sendAt: new Date(testing.clock.now() + HOUR).toISOString() });
    await processor().pause('pager');
    await queue().enqueue({ ...note, channel: 'pager' });
    for (let i = 0; i < 3; i++) await queue().enqueue({ ...note, to: `r${i}` });
    const stopping = processor().shutdown();
    await expect(queue().enqueue(note)).rejects.toMatchObject({ code: 'shutting_down', status: 503 });
    expect(await stopping).toEqual({ sent: 3, left: 2, openWindows: 1 });
    expect(processor().shutdown()).toBe(stopping);
    expect(testing.transport('sms').sent).toHaveLength(3);
  });

  it('statistics are answered at once, and are exact', async () => {
    await start({ aggregation: { rules: [...rules, { type: 'slow', windowMs: HOUR, maxCount: 9 }] } });
    await queue().enqueue({ ...note, type: 'slow' });
    await processor().addToBatch({ ...note, channel: 'pager' }, 'sms');
    await testing.settled();
    const asOf = testing.clock.now();
    const statistics = queue().getStatistics();
    expect(statistics).toMatchObject({ asOf, pending: 1, windows: { asOf, open: 1, items: 1 }, pools: {} });
    expect(statistics.batches.channels['sms']).toMatchObject({ batches: 1, messages: 1 });
    expect(statistics.batches).toEqual(processor().getBatchStatistics());
    expect(statistics.windows).toEqual(app.get(BatchAggregationService).getStatistics());
    expect(testing.transport('pager').sent).toEqual([]);
  });
});
