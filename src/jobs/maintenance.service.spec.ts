import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InvalidRequestError } from '../model/errors.js';
import { BatchAggregationService } from '../aggregation/batch-aggregation.service.js';
import { QueueService } from '../queue/queue.service.js';
import { NotificationStore } from '../storage/notification-store.js';
import { createNotificationTestingModule, type NotificationTesting } from '../testing/notification-testing.js';
import { MaintenanceService } from './maintenance.service.js';

Logger.overrideLogger(false);
const update = { type: 'system_update', channel: 'email', to: 'ann@example.com', title: 'Version 2' };

describe('MaintenanceService', () => {
  let testing: NotificationTesting;
  let app: INestApplicationContext;
  let maintenance: MaintenanceService;
  let queue: QueueService;

  beforeEach(async () => {
    testing = createNotificationTestingModule();
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
    app = await NestFactory.createApplicationContext(testing.module, { logger: false });
    maintenance = app.get(MaintenanceService);
    queue = app.get(QueueService);
  });
  afterEach(() => app.close());

  const idOf = async (over: object = {}): Promise<string> =>
    (await queue.enqueue({ ...update, ...over })).deliveries[0]?.id ?? '';

  it('deletes what ended longer ago than it is told, and keeps the counts', async () => {
    const id = await idOf({ priority: 'critical' });
    await testing.settled();
    await testing.advance(60_000);
    const kept = await idOf();
    expect(await maintenance.cleanup({ olderThanMs: 120_000 })).toEqual({ deliveries: 0, messages: 0 });
    expect(await maintenance.cleanup({ olderThanMs: 30_000 })).toEqual({ deliveries: 1, messages: 1 });
    expect(await queue.find(id)).toBeUndefined();
    expect(await queue.find(kept)).toMatchObject({ state: 'gathering' });
    const delivered = queue.getStatistics().counts.filter(({ state }) => state === 'delivered');
    expect(delivered).toMatchObject([{ count: 1 }]);
  });

  it('sends windows that opened longer ago than it is told', async () => {
    await idOf();
    await testing.advance(60_000);
    await idOf({ to: 'bob@example.com' });
    expect(await maintenance.flushStale(30_000)).toMatchObject({ flushed: 1 });
    expect((await app.get(BatchAggregationService).inspect()).items).toMatchObject([{ address: 'bob@example.com' }]);
  });

  it('erases an address however it is written, and tells what it was', async () => {
    const id = await idOf();
    expect(await maintenance.forget('email', 'ann@EXAMPLE.com')).toEqual({ cancelled: 1, erased: 1, sending: 0 });
    expect(await queue.find(id)).toMatchObject({ state: 'cancelled', reason: 'recipient_gone', to: '', title: '' });
  });

  it('erases the mails of an address in the built-in mailbox, and no others', async () => {
    const { mailbox } = app.get(NotificationStore);
    const mail = {
      from: 'me@example.com',
      subject: 'Hello',
      type: 'update',
      count: 1,
      messageId: '<m-1@example.com>',
      date: '2026-11-20T09:00:00.000Z',
      headers: {},
      text: 'Hello',
      html: '<p>Hello</p>',
    };
    await mailbox.add(['ann@example.com', 'bob@example.com'].map((to) => ({ ...mail, to })));
    await maintenance.forget('slack', 'C0ANN');
    expect((await mailbox.page()).items).toHaveLength(2);
    await maintenance.forget('email', 'ann@EXAMPLE.com');
    expect((await mailbox.page()).items).toMatchObject([{ to: 'bob@example.com' }]);
  });

  it('refuses an age below 0, naming it', async () => {
    await expect(maintenance.cleanup({ olderThanMs: -1 })).rejects.toThrow(InvalidRequestError);
    await expect(maintenance.flushStale(Number.NaN)).rejects.toThrow('maxAgeMs: got NaN');
  });
});
