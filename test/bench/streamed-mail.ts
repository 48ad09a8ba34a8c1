import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Notification, NotificationEvents, NotificationModule, QueueService } from '../../dist/index.js';

/** `streamed-mail.ts PORT COUNT`: streams so many mails through the whole module, in its own process; prints rate and peak memory. */
const [port, count] = process.argv.slice(2).map(Number) as [number, number];
const TEXT = 'A line of a notification that somebody reads.\n'.repeat(16);

Logger.overrideLogger(['error', 'fatal']);
const folder = await mkdtemp(join(tmpdir(), 'bench-'));
const app = await NestFactory.createApplicationContext(
  NotificationModule.forRoot({
    store: { path: join(folder, 'store.db') },
    email: { smtpUrl: `smtp://127.0.0.1:${port}`, from: 'notifications@example.com', poolSize: 10 },
    aggregation: { enabled: false },
    batch: { timeoutMs: 50, maxConcurrency: 11 },
  }),
);
let delivered = 0;
const { promise, resolve } = Promise.withResolvers<undefined>();
app.get(NotificationEvents).on('batchFinished', ({ messages }) => {
  delivered += messages.filter(({ outcome }) => outcome === 'delivered').length;
  if (delivered === count) resolve(undefined);
});

function* notifications(): Generator<Notification> {
  for (let i = 0; i < count; i++) {
    yield { type: 'announcement', channel: 'email', to: `reader-${i}@example.com`, title: `Number ${i}`, body: TEXT };
  }
}

const idleMib = process.memoryUsage.rss() / 2 ** 20;
const startedAt = performance.now();
await app.get(QueueService).enqueueMany(notifications());
await promise;
const rate = Math.round(count / ((performance.now() - startedAt) / 1_000));
const peakMib = process.resourceUsage().maxRSS / 1_024;
console.log(
  `${rate.toLocaleString('en')} mails/s, at most ${Math.round(peakMib)} MiB resident (${Math.round(idleMib)} before the first)`,
);
await app.close();
await rm(folder, { recursive: true });
