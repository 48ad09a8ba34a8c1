import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  BatchAggregationService,
  BatchProcessorService,
  HealthService,
  MaintenanceService,
  type Notification,
  NotificationChannel,
  QueueService,
  StatisticsService,
} from '../src/index.js';
import { createNotificationTestingModule, type NotificationTesting } from '../src/testing.js';

const job: Notification = { type: 'alert', channel: NotificationChannel.EMAIL, to: 'ann@example.com', title: 'Disk full' };

/** What documents and migrating applications write word for word. */
describe('usages that the documents promise', () => {
  let app: INestApplicationContext;
  let notifications: NotificationTesting;
  let queueService: QueueService;
  let batchProcessorService: BatchProcessorService;
  let batchAggregationService: BatchAggregationService;

  beforeEach(async () => {
    notifications = createNotificationTestingModule();
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class
    app = await NestFactory.createApplicationContext(notifications.module, { logger: false });
    queueService = app.get(QueueService);
    batchProcessorService = app.get(BatchProcessorService);
    batchAggregationService = app.get(BatchAggregationService);
  });
  afterEach(() => app.close());

  it('addToBatch and getBatchStatistics, also when what is synchronous is awaited', async () => {
    await batchProcessorService.addToBatch(job, NotificationChannel.EMAIL);
    // eslint-disable-next-line @typescript-eslint/await-thenable -- callers of an asynchronous predecessor write it so
    const statistics = await batchProcessorService.getBatchStatistics();
    expect(statistics).toEqual(batchProcessorService.getBatchStatistics());
    expect(queueService.getStatistics().pending).toBe(1);
  });

  it('a transaction is refused by a store that cannot join one, and nothing is accepted', async () => {
    await expect(queueService.enqueue({ ...job, channel: 'email' }, { tx: {} as never })).rejects.toMatchObject({
      name: 'TransactionsUnsupportedError',
      code: 'transactions_unsupported',
    });
    expect(queueService.getStatistics().pending).toBe(0);
  });

  it('shouldAggregate, getStatistics and flushAll of what gathers', async () => {
    expect(batchAggregationService.shouldAggregate(job)).toBe(true);
    expect(batchAggregationService.shouldAggregate({ ...job, priority: 'critical' })).toBe(false);
    await queueService.enqueue(job);
    expect(batchAggregationService.getStatistics()).toMatchObject({ asOf: notifications.clock.now() });
    const { flushed, messageIds } = await batchAggregationService.flushAll();
    expect([flushed, messageIds.length]).toEqual([1, 1]);
    await notifications.settled();
    expect(notifications.transport('email').sent.map(({ titles }) => titles)).toEqual([['Disk full']]);
  });

  it('shutdown closes intake, and says what was sent and what is left', async () => {
    await queueService.enqueue({ ...job, type: 'note' });
    await batchProcessorService.addToBatch(job, NotificationChannel.EMAIL);
    const report = await batchProcessorService.shutdown();
    expect(report).toMatchObject({ sent: 1, left: 0, openWindows: 1 });
    await expect(queueService.enqueue(job)).rejects.toMatchObject({ code: 'shutting_down' });
  });

  it('every service has the methods that are promised', () => {
    const promised = {
      [QueueService.name]: [queueService, 'enqueue enqueueMany find deliveries cancel cancelAll markRead getStatistics'],
      [BatchAggregationService.name]: [
        batchAggregationService,
        'shouldAggregate flush flushAll inspect preview setRules applyRules getStatistics',
      ],
      [BatchProcessorService.name]: [batchProcessorService, 'addToBatch getBatchStatistics replay pause resume shutdown'],
      [MaintenanceService.name]: [app.get(MaintenanceService), 'cleanup flushStale forget'],
      [StatisticsService.name]: [app.get(StatisticsService), 'statistics'],
      [HealthService.name]: [app.get(HealthService), 'report'],
    } as const;
    for (const [name, [service, methods]] of Object.entries(promised)) {
      const missing = methods.split(' ').filter((method) => typeof Reflect.get(service, method) !== 'function');
      expect({ name, missing }).toEqual({ name, missing: [] });
    }
  });
});
