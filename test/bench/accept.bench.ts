import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { NotificationModule, QueueService, type Notification } from '../../dist/index.js';
import { interleaved, printRates } from './table.ts';

const BODY = 'x'.repeat(200);

/** Durable accepts a second, by how they are offered. */
export async function run(): Promise<void> {
  const rates = await interleaved(3, {
    'enqueue, one after the other': () =>
      accepts(3_000, async (queue, count) => {
        for (let i = 0; i < count; i++) await queue.enqueue(notification(i));
      }),
    'enqueue, 1 000 callers at once': () =>
      accepts(50_000, async (queue, count) => {
        for (let i = 0; i < count; i += 1_000) {
          await Promise.all(Array.from({ length: 1_000 }, (_, j) => queue.enqueue(notification(i + j))));
        }
      }),
    enqueueMany: () =>
      accepts(200_000, async (queue, count) => {
        await queue.enqueueMany(notifications(count));
      }),
  });
  printRates('accepts/s', rates);
}

async function accepts(count: number, offer: (queue: QueueService, count: number) => Promise<void>): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const module = NotificationModule.forRoot({ store: { path: join(folder, 'store.db') } });
  const app = await NestFactory.createApplicationContext(module);
  const startedAt = performance.now();
  await offer(app.get(QueueService), count);
  const seconds = (performance.now() - startedAt) / 1_000;
  await app.close();
  await rm(folder, { recursive: true });
  return count / seconds;
}

function* notifications(count: number): Generator<Notification> {
  for (let i = 0; i < count; i++) yield notification(i);
}

function notification(i: number): Notification {
  return { type: 'announcement', channel: 'email', to: `reader-${i % 10_000}@example.com`, title: `Number ${i}`, body: BODY };
}
