import { type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { BatchProcessorService } from '../../src/processing/batch-processor.service.js';
import { QueueService } from '../../src/queue/queue.service.js';
import { NotificationStore } from '../../src/storage/notification-store.js';
import { createNotificationTestingModule, type NotificationTesting, type NotificationTestingOptions } from '../../src/testing.js';

const HOUR = 3_600_000;
const note = { type: 'note', channel: 'sms', to: 'ann', title: 'Hello' };
const fire = { ...note, title: 'fire', priority: 'critical' } as const;

describe('critical notifications', () => {
  let app: INestApplicationContext;
  let testing: NotificationTesting;
  afterEach(() => app.close());

  async function start(options: NotificationTestingOptions = {}): Promise<void> {
    testing = createNotificationTestingModule({ channels: ['sms', 'pager'], ...options });
    app = await (await Test.createTestingModule({ imports: [testing.module] }).compile()).init();
  }
  const queue = (): QueueService => app.get(QueueService);

  it('G5 go between two steps of closing what is due, however much is due', async () => {
    await start({ aggregation: { rules: [{ type: 'note', windowMs: HOUR, maxCount: 9 }] } });
    const WINDOWS = 1_000;
    for (let i = 0; i < WINDOWS; i++) await queue().enqueue({ ...note, to: `r${i}` });
    const store = app.get(NotificationStore);
    const calls: string[] = [];
    const advance = store.advance.bind(store);
    const claim = store.claim.bind(store);
    store.advance = async (...args) => {
      const report = await advance(...args);
      calls.push(`advance ${report.closed.length > 0}`);
      if (calls.filter((call) => call === 'advance true').length === 1 && report.closed.length > 0) await queue().enqueue(fire);
      return report;
    };
    store.claim = async (request) => {
      const claimed = await claim(request);
      if (request.lane === 'critical' && claimed.messages.length > 0) calls.push('claim critical');
      return claimed;
    };
    await testing.advance(HOUR);
    const first = calls.indexOf('advance true');
    // One step, then the critical one, then the other steps.
    expect(calls[first + 1]).toBe('claim critical');
    expect(calls.slice(first + 2).filter((call) => call === 'advance true').length).toBeGreaterThanOrEqual(3);
    expect(testing.transport('sms').sent[0]?.titles).toEqual(['fire']);
  });

  it('G5 are not slowed by a queue that is nearly full of another channel', async () => {
    await start({ queue: { maxPending: 1_000 }, aggregation: { rules: [] } });
    await app.get(BatchProcessorService).pause('pager');
    for (let i = 0; i < 10; i++)
      await queue().enqueue({ ...note, channel: 'pager', to: Array.from({ length: 99 }, (_, n) => `${i}-${n}`) });
    // Neither the clock nor a timer moves: a call that waits would never be answered.
    const timers = testing.clock.pending;
    await queue().enqueue(fire);
    expect(testing.clock.pending).toBeLessThanOrEqual(timers + 1);
    await testing.settled();
    expect(testing.transport('sms').sent.map(({ titles }) => titles)).toEqual([['fire']]);
  });

  it('G5 of a stream go ahead of what is slowed in the same stream', async () => {
    await start({ queue: { maxPending: 1_000 }, aggregation: { rules: [] } });
    await app.get(BatchProcessorService).pause('pager');
    for (let i = 0; i < 10; i++)
      await queue().enqueue({ ...note, channel: 'pager', to: Array.from({ length: 99 }, (_, n) => `${i}-${n}`) });
    const report = queue().enqueueMany([{ ...note, channel: 'pager' }, fire]);
    await testing.settled();
    expect(testing.transport('sms').sent.map(({ titles }) => titles)).toEqual([['fire']]);
    await testing.advance(1_000);
    expect(await report).toMatchObject({ accepted: 2, rejected: 0 });
  });

  it('G5 have a reserve of a hundredth, at least 100, above the limit; past it they are refused', async () => {
    await start({ queue: { maxPending: 5 }, aggregation: { rules: [] } });
    for (const channel of ['sms', 'pager']) await app.get(BatchProcessorService).pause(channel);
    for (let i = 0; i < 5; i++) await queue().enqueue({ ...note, channel: 'pager' });
    await expect(queue().enqueue(note)).rejects.toMatchObject({ code: 'queue_full', status: 429 });
    for (let i = 0; i < 100; i++) await queue().enqueue(fire);
    await expect(queue().enqueue(fire)).rejects.toMatchObject({ code: 'queue_full', status: 429 });
  });
});
