import { mkdtemp, rm, stat } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Notification, NotificationModule, QueueService } from '../../dist/index.js';
import { commandDelays, MAX_HOLD_MS } from './command-delay.ts';
import { SmtpSinkBehindProxy } from './smtp-sink-behind-proxy.ts';

/**
 * `npm run soak -- SECONDS`: full load for two minutes, as much as the queue takes: half of it gathers in windows of two seconds, half goes in
 * batches, all of it by mail to smtp-sink. It fails when memory grows or the event loop is held up. Then every command and page of an
 * operator runs with 200 000 deliveries pending; the processor time between two turns of the event loop is printed against its bound.
 */
const SECONDS = Number(process.argv[2] ?? 120);
const REPORT_EVERY_MS = 5_000;
/** Memory is looked at from here on: before, the heap is still finding its size. */
const SETTLED_AFTER = 0.25;
const MAX_GROWTH = 0.1;
const MAX_DELAY_P99_MS = 50;
const MIB = 1024 * 1024;

Logger.overrideLogger(['error', 'fatal']);
const folder = await mkdtemp(join(tmpdir(), 'soak-'));
const server = await SmtpSinkBehindProxy.start(0);
const app = await NestFactory.createApplicationContext(
  NotificationModule.forRoot({
    store: { path: join(folder, 'store.db') },
    email: { smtpUrl: `smtp://127.0.0.1:${server.port}`, poolSize: 10 },
    queue: { maxPending: 50_000 },
    aggregation: { rules: [{ type: 'gathered', windowMs: 2_000, maxCount: 20 }] },
    batch: { timeoutMs: 50 },
  }),
);
const queue = app.get(QueueService);
const delay = monitorEventLoopDelay({ resolution: 1 });
const all = monitorEventLoopDelay({ resolution: 1 });
const endAt = performance.now() + SECONDS * 1_000;
const startedAt = performance.now();
let offered = 0;

function* load(): Generator<Notification> {
  while (performance.now() < endAt) {
    const i = offered++;
    const type = i % 2 === 0 ? 'gathered' : 'single';
    const to = `reader-${i % 1_000}@example.com`;
    if (type === 'single') yield { type, channel: 'email', to, title: `Number ${i}`, body: 'x'.repeat(500), priority: 'high' };
    else yield { type, channel: 'email', to, title: `Number ${i}`, body: 'x'.repeat(500) };
  }
}

const samples: { readonly part: number; readonly rssMib: number }[] = [];
const report = setInterval(() => void tell(), REPORT_EVERY_MS);
async function tell(): Promise<void> {
  const { rss, heapUsed } = process.memoryUsage();
  const { pending } = queue.getStatistics();
  const seconds = (performance.now() - startedAt) / 1_000;
  samples.push({ part: seconds / SECONDS, rssMib: rss / MIB });
  console.log(
    `  ${Math.round(seconds).toString().padStart(4)} s  ${Math.round(offered / seconds)
      .toLocaleString('en')
      .padStart(8)} accepted/s  ` +
      `${pending.toLocaleString('en').padStart(7)} pending  ${Math.round(rss / MIB)} MiB resident  ${Math.round(heapUsed / MIB)} MiB heap  ` +
      `loop delay p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms`,
  );
  delay.reset();
}

console.log(`soak: ${SECONDS} s at full load`);
delay.enable();
all.enable();
await queue.enqueueMany(load());
clearInterval(report);
const p99Ms = all.percentile(99) / 1e6;
const settled = samples.filter(({ part }) => part > SETTLED_AFTER).map(({ rssMib }) => rssMib);
const third = Math.max(1, Math.floor(settled.length / 3));
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const growth = mean(settled.slice(-third)) / mean(settled.slice(0, third)) - 1;
const statistics = queue.getStatistics();
await app.close();
server.stop();
const sizeMib = (await stat(join(folder, 'store.db'))).size / MIB;
await rm(folder, { recursive: true });
const byState = Map.groupBy(statistics.counts, ({ state }) => state);
console.log(
  `  ${[...byState].map(([state, rows]) => `${rows.reduce((sum, { count }) => sum + count, 0).toLocaleString('en')} ${state}`).join(', ')}; store ${Math.round(sizeMib)} MiB`,
);
console.log(
  `  resident memory of the last third of the settled time over that of the first: ${(growth * 100).toFixed(1)} % more`,
);
console.log(
  `  event loop delay: p50 ${(all.percentile(50) / 1e6).toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, most ${(all.max / 1e6).toFixed(1)} ms`,
);
if (growth > MAX_GROWTH || p99Ms > MAX_DELAY_P99_MS) {
  console.error(`  more than ${MAX_GROWTH * 100} % growth, or a p99 over ${MAX_DELAY_P99_MS} ms`);
  process.exitCode = 1;
}

console.log('  processor time between two turns of the event loop, at most, with 200 000 pending (garbage collection included):');
for (const [name, ms] of await commandDelays()) {
  console.log(`  ${name.padEnd(34)} ${ms.toFixed(1).padStart(7)} ms  ${ms <= MAX_HOLD_MS ? 'within' : 'OVER'} ${MAX_HOLD_MS} ms`);
}
