import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import {
  BatchProcessorService,
  type Notification,
  NotificationEvents,
  NotificationModule,
  type NotificationModuleOptions,
  QueueService,
} from '../../dist/index.js';
import { SmtpSinkBehindProxy } from './smtp-sink-behind-proxy.ts';
import { interleaved, printRates } from './table.ts';

const CONNECTIONS = 10;
const MOST = 1_000;
const WARM_UP = 200;
/** Three batches of the usual size. */
const BURST = 300;
const TEXT = 'A line of a notification that somebody reads.\n'.repeat(16);

/**
 * Mails a second of a queue that is full when sending starts, by the delay of the line: fixed batch sizes beside the dynamic one; then a small
 * queue on a channel that has sent nothing yet (its connections are opened within that time) beside the same queue when it has.
 */
export async function run(args: readonly string[]): Promise<void> {
  const rounds = Number(args[0] ?? 3);
  for (const [delayMs, count] of [
    [0, 20_000],
    [5, 5_000],
    [20, 2_000],
    [50, 1_000],
  ] as const) {
    const server = await SmtpSinkBehindProxy.start(delayMs);
    console.log(`  ${count} mails, ${CONNECTIONS} connections, ${delayMs} ms a round trip, median of ${rounds}`);
    const fixed = (maxSize: number) => () => drain(server.port, WARM_UP, count, { maxSize, dynamicSizing: false });
    const rates = await interleaved(rounds, {
      'fixed 1': fixed(1),
      'fixed 10': fixed(10),
      'fixed 100': fixed(100),
      [`fixed ${MOST}`]: fixed(MOST),
      [`dynamic, 1..${MOST}`]: () => drain(server.port, WARM_UP, count, { maxSize: MOST, dynamicSizing: true }),
    });
    printRates('mails/s', rates);
    console.log(`  ${BURST} mails, batches of at most 100, warm and cold`);
    for (const dynamicSizing of [false, true]) {
      const burst = (warmUp: number) => () => drain(server.port, warmUp, BURST, { maxSize: 100, dynamicSizing });
      const name = dynamicSizing ? 'dynamic' : 'fixed';
      printRates('mails/s', await interleaved(rounds, { [`${name}, warm`]: burst(BURST), [`${name}, cold`]: burst(0) }));
    }
    server.stop();
  }
}

async function drain(
  port: number,
  warmUp: number,
  count: number,
  batch: NonNullable<NotificationModuleOptions['batch']>,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const app = await NestFactory.createApplicationContext(
    NotificationModule.forRoot({
      store: { path: join(folder, 'store.db') },
      email: { smtpUrl: `smtp://127.0.0.1:${port}`, from: 'notifications@example.com', poolSize: CONNECTIONS },
      aggregation: { enabled: false },
      batch: { timeoutMs: 0, maxConcurrency: CONNECTIONS + 1, ...batch },
    }),
  );
  const processor = app.get(BatchProcessorService);
  const sendAll = async (from: number, to: number): Promise<number> => {
    let delivered = 0;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const off = app.get(NotificationEvents).on('batchFinished', ({ messages }) => {
      delivered += messages.filter(({ outcome }) => outcome === 'delivered').length;
      if (delivered === to - from) resolve(undefined);
    });
    await processor.pause('email');
    await app.get(QueueService).enqueueMany(notifications(from, to));
    const startedAt = performance.now();
    await processor.resume('email');
    await promise;
    off();
    return (performance.now() - startedAt) / 1_000;
  };
  if (warmUp > 0) await sendAll(0, warmUp);
  const seconds = await sendAll(warmUp, warmUp + count);
  await app.close();
  await rm(folder, { recursive: true });
  return count / seconds;
}

function* notifications(from: number, to: number): Generator<Notification> {
  for (let i = from; i < to; i++) {
    yield { type: 'announcement', channel: 'email', to: `reader-${i}@example.com`, title: `Number ${i}`, body: TEXT };
  }
}
