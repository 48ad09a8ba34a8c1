import { type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { StoreFailedError } from '../../src/model/errors.js';
import { NotificationEvents } from '../../src/model/notification-events.js';
import { BatchProcessorService } from '../../src/processing/batch-processor.service.js';
import { BREAKER_THRESHOLD } from '../../src/model/breaker.js';
import { SEND_DEADLINE_MS } from '../../src/processing/handover.js';
import { LEASE_MS } from '../../src/processing/lease-keeper.js';
import { QueueService } from '../../src/queue/queue.service.js';
import { NotificationStore } from '../../src/storage/notification-store.js';
import { createNotificationTestingModule, type NotificationTesting, type NotificationTestingOptions } from '../../src/testing.js';
import { type SendResult } from '../../src/transports/transport.js';

const HOUR = 3_600_000;
const SHUTDOWN_GRACE_MS = 10_000;
const note = { type: 'note', channel: 'sms', to: 'ann', title: 'Hello' };
const down: SendResult = { status: 'failed', kind: 'retry', failure: { reason: 'connection_failed', message: 'refused' } };
const refused: SendResult = {
  status: 'failed',
  kind: 'channel_unavailable',
  failure: { reason: 'credentials_rejected', message: 'token' },
};
const never = new Promise<SendResult>(() => undefined);

describe('processing', () => {
  let app: INestApplicationContext;
  let testing: NotificationTesting;
  afterEach(async () => {
    const { counts, pending } = queue().getStatistics();
    const closed = app.close();
    // What hangs is given up when the grace is over.
    await testing.advance(SHUTDOWN_GRACE_MS);
    await closed;
    // G7 counts add up, whatever happened.
    expect(counts.every(({ count }) => count > 0)).toBe(true);
    const open = counts.filter(({ state }) => ['gathering', 'queued', 'sending'].includes(state));
    expect(open.reduce((sum, { count }) => sum + count, 0)).toBe(pending);
  });

  async function start(options: NotificationTestingOptions = {}): Promise<void> {
    testing = createNotificationTestingModule({
      channels: ['sms', 'pager'],
      aggregation: {
        rules: [
          { type: 'note', windowMs: 0, maxCount: 1 },
          { type: 'other', windowMs: 0, maxCount: 1 },
        ],
      },
      ...options,
    });
    await open();
  }
  async function open(): Promise<void> {
    const module = await Test.createTestingModule({ imports: [testing.module] }).compile();
    app = await module.init();
  }
  const queue = (): QueueService => app.get(QueueService);
  const processor = (): BatchProcessorService => app.get(BatchProcessorService);
  const sms = () => testing.transport('sms');
  const titles = () => sms().sent.map(({ titles: [title] }) => title);
  const many = async (count: number, over: object = {}): Promise<void> => {
    for (let i = 0; i < count; i++) await queue().enqueue({ ...note, to: `r${i}`, title: `n${i}`, ...over });
  };

  it('G5 what is critical goes though every slot is taken by what hangs', async () => {
    await start({ batch: { maxConcurrency: 2, timeoutMs: 0, maxSize: 1 } });
    sms().answerWith(({ titles: [title] }) => (title === 'fire' ? { status: 'accepted' } : never));
    await many(10);
    await testing.settled();
    await queue().enqueue({ ...note, title: 'fire', priority: 'critical' });
    await testing.settled();
    expect(titles()).toEqual(['fire']);
    const { inFlight } = processor().getBatchStatistics();
    expect(inFlight).toBeGreaterThan(0);
  });

  it('a transport that hangs for ever is given up after its time, and its messages are tried again', async () => {
    await start({ batch: { timeoutMs: 0, retryBaseMs: 1 } });
    sms().answerWith(({ attempt }) => (attempt === 1 ? never : { status: 'accepted' }));
    await many(1);
    await testing.settled();
    await testing.advance(SEND_DEADLINE_MS - 1);
    // Its lease is shorter and was renewed: nobody else took it up meanwhile.
    expect(SEND_DEADLINE_MS).toBeGreaterThan(LEASE_MS);
    expect(sms().tried).toHaveLength(1);
    expect(titles()).toEqual([]);
    await testing.advance(1_000);
    expect(titles()).toEqual(['n0']);
  });

  it('opens the breaker after failures in a row; what waits then is no attempt, and all goes when it closes', async () => {
    await start({ batch: { timeoutMs: 0, maxSize: 1, maxConcurrency: 1, retryBaseMs: 100_000, maxAttempts: 50 } });
    let alive = false;
    sms().answerWith(() => (alive ? { status: 'accepted' } : down));
    await many(20);
    await testing.settled();
    expect(sms().tried).toHaveLength(BREAKER_THRESHOLD);
    expect(
      processor()
        .channels()
        .find(({ name }) => name === 'sms'),
    ).toMatchObject({ breaker: 'open', paused: { by: 'failure' } });
    await testing.advance(20_000);
    const tried = sms().tried.length;
    // One probe at a time, ever further apart.
    expect(tried).toBeLessThan(BREAKER_THRESHOLD + 6);
    alive = true;
    await testing.advance(HOUR);
    expect(new Set(titles()).size).toBe(20);
    expect(sms().tried).toHaveLength(tried + 20);
  });

  it('a refused token pauses the channel and no other, and consumes no attempt', async () => {
    await start({ batch: { timeoutMs: 0 } });
    let good = false;
    sms().answerWith(() => (good ? { status: 'accepted' } : refused));
    await many(3);
    await many(3, { channel: 'pager' });
    await testing.settled();
    expect(testing.transport('pager').sent).toHaveLength(3);
    expect(titles()).toEqual([]);
    good = true;
    await testing.advance(5_000);
    expect(titles()).toHaveLength(3);
    expect(sms().sent.every(({ attempt }) => attempt === 1)).toBe(true);
  });

  it('keeps a channel’s rate and an address’s pace; nothing is dropped', async () => {
    const perChannel = { sms: { messagesPerSecond: 5 }, pager: { addressIntervalMs: 10_000 } };
    await start({ batch: { timeoutMs: 0 }, perChannel });
    await many(20);
    await testing.settled();
    expect(sms().sent).toHaveLength(5);
    await testing.advance(1_000);
    expect(sms().sent.length).toBeGreaterThanOrEqual(9);
    expect(sms().sent.length).toBeLessThanOrEqual(10);
    await testing.advance(4_000);
    expect(sms().sent).toHaveLength(20);
    for (let i = 0; i < 3; i++) await queue().enqueue({ ...note, channel: 'pager', to: 'bob', title: `p${i}` });
    await testing.settled();
    expect(testing.transport('pager').sent).toHaveLength(1);
    await testing.advance(20_000);
    expect(testing.transport('pager').sent).toHaveLength(3);
  });

  it('has a trigger for each channel', async () => {
    await start({
      batch: { maxSize: 3, timeoutMs: 60_000 },
      perChannel: { sms: { trigger: 'size' }, pager: { timeoutMs: 1_000 } },
    });
    await many(2);
    await many(2, { channel: 'pager' });
    await testing.advance(1_000);
    expect([sms().sent.length, testing.transport('pager').sent.length]).toEqual([0, 2]);
    await testing.advance(HOUR);
    expect(sms().sent).toHaveLength(0);
    await many(1);
    await testing.settled();
    expect(sms().sent).toHaveLength(3);
  });

  it('G9 on stop ends what is in flight, refuses what comes, and keeps the rest for the next start', async () => {
    await start({
      batch: { timeoutMs: 0, maxSize: 1, maxConcurrency: 1 },
      aggregation: { rules: [] },
      shutdown: { graceMs: 5_000 },
    });
    let finish = (): void => undefined;
    sms().answerWith(() => new Promise((resolve) => (finish = () => resolve({ status: 'accepted' }))));
    await queue().enqueue({ ...note, title: 'in flight', priority: 'critical' });
    await queue().enqueue({ ...note, title: 'gathering' });
    await testing.settled();
    const stopping = app.close();
    await testing.settled();
    await expect(queue().enqueue(note)).rejects.toMatchObject({ code: 'shutting_down', status: 503 });
    finish();
    await stopping;
    expect(titles()).toEqual(['in flight']);
    sms().answerWith(() => ({ status: 'accepted' }));
    await open();
    await testing.advance(HOUR);
    expect(titles()).toEqual(['in flight', 'gathering']);
  });

  it('sends at its time when the clock is set back and forth by an hour', async () => {
    await start({ aggregation: { rules: [{ type: 'note', windowMs: HOUR, maxCount: 9 }] } });
    await many(1);
    testing.clock.set(testing.clock.now() - HOUR);
    await testing.advance(HOUR);
    expect(titles()).toEqual([]);
    testing.clock.set(testing.clock.now() + HOUR);
    await testing.advance(60_000);
    expect(titles()).toEqual(['n0']);
  });

  it('G3 a write of the store that fails repeats nothing that was sent', async () => {
    await start({ batch: { timeoutMs: 0 } });
    const store = app.get(NotificationStore);
    const settle = store.settle.bind(store);
    let failures = 3;
    store.settle = async (...args) => {
      if (failures-- > 0) throw new StoreFailedError('settle messages');
      return settle(...args);
    };
    const { deliveries } = await queue().enqueue(note);
    await testing.advance(HOUR);
    expect(failures).toBeLessThan(0);
    expect(sms().tried).toHaveLength(1);
    expect(await queue().find(deliveries[0]?.id ?? '')).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  it.each([true, false])('the first burst of a cold channel uses every slot: dynamic sizing %s', async (dynamicSizing) => {
    await start({ batch: { maxConcurrency: 11, dynamicSizing } });
    sms().answerWith(() => never);
    await processor().pause('sms');
    await many(300);
    await processor().resume('sms');
    await testing.settled();
    expect(
      processor()
        .channels()
        .find(({ name }) => name === 'sms'),
    ).toMatchObject({ inFlight: 10, maxInFlight: 10 });
    // The slots that end first take the rest.
    expect(sms().tried.length).toBeGreaterThan(150);
  });

  it('counts in a batch only what its transport was given', async () => {
    await start({ batch: { timeoutMs: 0 }, perChannel: { sms: { addressIntervalMs: 60_000 } } });
    const sizes: number[] = [];
    app.get(NotificationEvents).on('batchFinished', ({ size }) => sizes.push(size));
    for (let i = 0; i < 3; i++) await queue().enqueue({ ...note, title: `n${i}`, priority: 'critical' });
    await testing.settled();
    expect(sizes).toEqual([1]);
    const { channels } = processor().getBatchStatistics();
    expect(channels['sms']).toMatchObject({ batches: 1, messages: 1, sizes: { '1': 1 } });
  });

  it('retries grow, and the last one is dead; a replay sends it with the same id', async () => {
    await start({ batch: { timeoutMs: 0, retryBaseMs: 1_000, maxAttempts: 3 } });
    sms().answerWith(() => ({ status: 'failed', kind: 'retry', failure: { reason: 'temporarily_refused', message: 'later' } }));
    await many(1);
    await testing.advance(HOUR);
    expect(sms().tried.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    sms().answerWith(() => ({ status: 'accepted' }));
    expect(await processor().replay()).toBe(1);
    await testing.settled();
    expect(new Set(sms().tried.map(({ messageId }) => messageId)).size).toBe(1);
    expect(titles()).toEqual(['n0']);
  });

  it('a flood of one type and address starves nobody', async () => {
    await start({ batch: { timeoutMs: 0, maxSize: 1, maxConcurrency: 1 } });
    await many(200, { to: 'flood' });
    await queue().enqueue({ ...note, type: 'other', to: 'bob', title: 'bob' });
    await testing.settled();
    expect(titles().indexOf('bob')).toBeLessThan(titles().length - 1);
    expect(titles()).toHaveLength(201);
  });
});
