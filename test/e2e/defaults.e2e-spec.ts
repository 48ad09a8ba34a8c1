import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BatchAggregationService,
  BatchProcessorService,
  type Notification,
  type NotificationModuleOptions,
  QueueService,
  StatisticsService,
} from '../../src/index.js';
import { createNotificationTestingModule, type NotificationTesting } from '../../src/testing.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ADDRESSES: Readonly<Record<string, string>> = { email: 'ann@example.com', slack: 'C0123456', sse: 'ann' };

/** The whole module by its defaults, on a clock that the test moves. */
describe('out of the box', () => {
  let notifications: NotificationTesting;
  let app: INestApplicationContext;

  const start = async (options: NotificationModuleOptions = {}): Promise<void> => {
    notifications = createNotificationTestingModule(options);
    app = await (await Test.createTestingModule({ imports: [notifications.module] }).compile()).init();
  };
  const send = (type: string, over: Partial<Notification> = {}, title = 'a'): Promise<unknown> => {
    const channel = over.channel ?? 'email';
    return app.get(QueueService).enqueue({ type, channel, to: ADDRESSES[channel] ?? '', title, ...over });
  };
  const many = async (count: number, type: string, over: Partial<Notification> = {}): Promise<void> => {
    for (let i = 1; i <= count; i++) await send(type, over, `n${i}`);
  };
  /** Entries of each message that went out. */
  const sizes = (channel = 'email'): number[] => notifications.transport(channel).sent.map(({ titles }) => titles.length);

  beforeEach(() => start());
  afterEach(async () => {
    // G7 counts add up, whatever the test did.
    const { counts, pending } = app.get(QueueService).getStatistics();
    const left = counts.filter(({ state }) => ['gathering', 'queued', 'sending'].includes(state));
    expect(left.reduce((sum, { count }) => sum + count, 0)).toBe(pending);
    await app.close();
    expect(notifications.clock.pending).toBe(0);
  });

  it.each([
    ['system_update', HOUR, 10],
    ['approval_request', 15 * MINUTE, 5],
    ['alert', 5 * MINUTE, 3],
    ['reminder', 30 * MINUTE, 10],
    ['announcement', 24 * HOUR, 20],
    ['any_other', 5 * MINUTE, 20],
  ])('G4 %s gathers for %d ms, or until there are %d', async (type, windowMs, maxCount) => {
    await many(maxCount - 1, type);
    await notifications.advance(windowMs - 1);
    expect(sizes()).toEqual([]);
    await notifications.advance(1);
    expect(sizes()).toEqual([maxCount - 1]);
    await many(maxCount, type);
    await notifications.settled();
    expect(sizes()).toEqual([maxCount - 1, maxCount]);
  });

  it('a Slack digest holds at most 5', async () => {
    await many(12, 'system_update', { channel: 'slack' });
    await notifications.settled();
    expect(sizes('slack')).toEqual([5, 5]);
    await notifications.advance(HOUR);
    expect(sizes('slack')).toEqual([5, 5, 2]);
  });

  it('an in-app stream gathers for 100 ms, or until there are 50', async () => {
    await many(3, 'announcement', { channel: 'sse' });
    await notifications.advance(99);
    expect(sizes('sse')).toEqual([]);
    await notifications.advance(1);
    expect(sizes('sse')).toEqual([3]);
    await many(50, 'announcement', { channel: 'sse' });
    await notifications.settled();
    expect(sizes('sse')).toEqual([3, 50]);
  });

  it('G5 a critical one goes at once, whatever its type, past all that gathers', async () => {
    await many(2, 'announcement');
    await send('announcement', { priority: 'critical' }, 'fire');
    await notifications.settled();
    expect(notifications.transport('email').sent.map(({ titles }) => titles)).toEqual([['fire']]);
  });

  it('addToBatch gathers in no window and waits at most BATCH_TIMEOUT_MS', async () => {
    const processor = app.get(BatchProcessorService);
    for (const title of ['a', 'b']) await processor.addToBatch({ type: 'alert', to: 'ann@example.com', title }, 'email');
    await notifications.advance(4_999);
    expect(sizes()).toEqual([]);
    await notifications.advance(1);
    expect(sizes()).toEqual([1, 1]);
    expect(app.get(BatchProcessorService).getBatchStatistics().channels['email']).toMatchObject({ batches: 1 });
  });

  it('G6 one bad address harms nobody else', async () => {
    notifications
      .transport('email')
      .answerWith(({ address }) =>
        address === 'bad@example.com'
          ? { status: 'failed', kind: 'permanent', failure: { reason: 'address_rejected', message: '550 no such user' } }
          : { status: 'accepted' },
      );
    const to = ['ann@example.com', 'bad@example.com', 'cy@example.com'];
    await send('alert', { to, priority: 'critical' });
    await notifications.settled();
    expect(
      notifications
        .transport('email')
        .sent.map(({ address }) => address)
        .toSorted(),
    ).toEqual([to[0], to[2]]);
    const { counts } = app.get(QueueService).getStatistics();
    expect(counts.map(({ state, count }) => [state, count]).toSorted()).toEqual([
      ['dead', 1],
      ['delivered', 2],
    ]);
  });

  it('gives up after BATCH_MAX_ATTEMPTS, and a replay starts again under the same id', async () => {
    const email = notifications.transport('email');
    email.answerWith(() => ({ status: 'failed', kind: 'retry', failure: { reason: 'timed_out', message: 'no answer' } }));
    await send('alert', { priority: 'critical' });
    await notifications.advance(HOUR);
    expect(email.tried.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(email.tried.map(({ messageId }) => messageId)).size).toBe(1);
    email.answerWith(() => ({ status: 'accepted' }));
    expect(await app.get(BatchProcessorService).replay()).toBe(1);
    await notifications.settled();
    expect(email.sent).toMatchObject([{ attempt: 1, messageId: email.tried[0]?.messageId }]);
  });

  it('flushes by hand, and tells what it did', async () => {
    await many(2, 'announcement');
    const aggregation = app.get(BatchAggregationService);
    expect((await aggregation.inspect()).items).toMatchObject([{ count: 2, type: 'announcement' }]);
    expect(await aggregation.flushAll()).toMatchObject({ flushed: 1, messageIds: [expect.any(String)] });
    await notifications.settled();
    expect(sizes()).toEqual([2]);
    expect(await app.get(StatisticsService).statistics()).toMatchObject({ windows: { open: 0 } });
  });

  it('a paused channel keeps what is due until it is resumed', async () => {
    await app.get(BatchProcessorService).pause('email');
    await send('alert', { priority: 'critical' });
    await notifications.advance(HOUR);
    expect(sizes()).toEqual([]);
    await app.get(BatchProcessorService).resume('email');
    await notifications.settled();
    expect(sizes()).toEqual([1]);
  });
});
