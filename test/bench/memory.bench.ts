import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { type Notification, NotificationModule, QueueService } from '../../dist/index.js';

const PENDING = 1_000_000;
const WINDOWS = 100_000;
const SAMPLE = 50_000;
const BODY = 'x'.repeat(200);

/** A million pending deliveries in a hundred thousand windows: what they take, and what accepting costs then. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const module = NotificationModule.forRoot({
    store: { path: join(folder, 'store.db') },
    queue: { maxPending: 2 * PENDING },
    aggregation: { rules: [{ windowMs: 86_400_000, maxCount: 1_000 }] },
  });
  const app = await NestFactory.createApplicationContext(module);
  const queue = app.get(QueueService);
  const empty = await rate(() => queue.enqueueMany(notifications(0, SAMPLE)));
  await queue.enqueueMany(notifications(SAMPLE, PENDING - SAMPLE));
  global.gc?.();
  const rss = process.memoryUsage().rss / 2 ** 20;
  const full = await rate(() => queue.enqueueMany(notifications(PENDING, SAMPLE)));
  const { pending } = queue.getStatistics();
  console.log(
    `  ${pending.toLocaleString('en')} pending in ${WINDOWS.toLocaleString('en')} windows: ${Math.round(rss)} MiB resident`,
  );
  console.log(
    `    of it ${Math.round(process.memoryUsage().heapUsed / 2 ** 20)} MiB of objects in use: the rest is what accepting at full speed left behind`,
  );
  console.log(`  accepts/s: ${Math.round(empty).toLocaleString('en')} empty, ${Math.round(full).toLocaleString('en')} full`);
  await app.close();
  console.log(`  after a restart with all of them: ${reopened(join(folder, 'store.db'))} MiB resident`);
  await rm(folder, { recursive: true });
}

/** In its own process, which has done nothing else. */
function reopened(path: string): string {
  const dist = new URL('../../dist/', import.meta.url);
  const program = `
    const { SqliteStore } = await import('${new URL('storage/sqlite/sqlite-store.js', dist).href}');
    const store = new SqliteStore({ path: process.argv[1], maxPending: 1e9 });
    await store.open(Date.now());
    console.log(Math.round(process.memoryUsage().rss / 2 ** 20));
    await store.close();`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', program, path], { encoding: 'utf8' }).trim();
}

async function rate(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return SAMPLE / ((performance.now() - startedAt) / 1_000);
}

function* notifications(from: number, count: number): Generator<Notification> {
  for (let i = from; i < from + count; i++) {
    yield { type: 'note', channel: 'email', to: `reader-${i % WINDOWS}@example.com`, title: `Number ${i}`, body: BODY };
  }
}
