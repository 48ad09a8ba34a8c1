import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import {
  BatchAggregationService,
  BatchProcessorService,
  type Notification,
  NotificationModule,
  QueueService,
} from '../../dist/index.js';
import { interleaved, printRates } from './table.ts';

const BODY = 'x'.repeat(200);

/** How a contestant offers so many notifications. */
type Offer = (app: NestExpressApplication, count: number) => Promise<unknown>;

/** Durable accepts a second, by how they are offered, into windows and past them. */
export async function run(): Promise<void> {
  const rates = await interleaved(3, {
    'enqueue, one after the other': () =>
      accepts(3_000, async (app, count) => {
        for (let i = 0; i < count; i++) await app.get(QueueService).enqueue(notification(i));
      }),
    'enqueue, 1 000 callers at once': () =>
      accepts(50_000, async (app, count) => {
        const queue = app.get(QueueService);
        for (let i = 0; i < count; i += 1_000) {
          await Promise.all(Array.from({ length: 1_000 }, (_, j) => queue.enqueue(notification(i + j))));
        }
      }),
    'enqueueMany, into 10 000 windows': () =>
      accepts(200_000, (app, count) => app.get(QueueService).enqueueMany(notifications(count))),
    'enqueueMany, past windows': () =>
      accepts(200_000, (app, count) => app.get(QueueService).enqueueMany(notifications(count, 'direct'))),
    'POST bulk, NDJSON': () =>
      accepts(100_000, async (app, count) => {
        const body = Array.from(notifications(count), (one) => JSON.stringify(one)).join('\n');
        const headers = { 'Content-Type': 'application/x-ndjson' };
        await (await fetch(`${await app.getUrl()}/notifications/bulk`, { method: 'POST', headers, body })).json();
      }),
  });
  printRates('accepts/s', rates);
  const windows = await interleaved(3, { 'closing 10 000 windows of 20': closes });
  printRates('windows/s', windows);
}

async function accepts(count: number, offer: Offer): Promise<number> {
  return withApplication(async (app) => {
    const startedAt = performance.now();
    await offer(app, count);
    return count / ((performance.now() - startedAt) / 1_000);
  });
}

async function closes(): Promise<number> {
  return withApplication(async (app) => {
    await app.get(QueueService).enqueueMany(notifications(200_000, 'gathered'));
    const startedAt = performance.now();
    const { flushed } = await app.get(BatchAggregationService).flushAll();
    return flushed / ((performance.now() - startedAt) / 1_000);
  });
}

/** Nothing is sent meanwhile: the channel is paused. */
async function withApplication(work: (app: NestExpressApplication) => Promise<number>): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const rules = [
    { type: 'direct', windowMs: 0, maxCount: 1 },
    { type: 'gathered', windowMs: 86_400_000, maxCount: 1_000 },
  ];
  const module = NotificationModule.forRoot({ store: { path: join(folder, 'store.db') }, http: true, aggregation: { rules } });
  const app = await NestFactory.create<NestExpressApplication>(module);
  await app.listen(0, '127.0.0.1');
  await app.get(BatchProcessorService).pause('email');
  const rate = await work(app);
  await app.close();
  await rm(folder, { recursive: true });
  return rate;
}

function* notifications(count: number, type = 'announcement'): Generator<Notification> {
  for (let i = 0; i < count; i++) yield notification(i, type);
}

function notification(i: number, type = 'announcement'): Notification {
  return { type, channel: 'email', to: `reader-${i % 10_000}@example.com`, title: `Number ${i}`, body: BODY };
}
