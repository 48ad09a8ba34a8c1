import { mkdtemp, rm, stat } from 'node:fs/promises';
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
import { RecordingTransport } from '../../dist/testing.js';
import { TransportRegistry } from '../../dist/transports/transport-registry.js';
import { median } from './table.ts';

const MIB = 1024 * 1024;
/** Different ones, made before the clock runs. */
const BODIES = 200;
const CONTESTANTS: Readonly<Record<string, NonNullable<NotificationModuleOptions['store']>>> = {
  off: { compressMinBytes: 0 },
  'from 1 KiB, level 1': { compressMinBytes: 1_024, compressLevel: 1 },
  'from 1 KiB, level 6': { compressMinBytes: 1_024, compressLevel: 6 },
};

interface Outcome {
  readonly acceptsPerSecond: number;
  readonly deliveriesPerSecond: number;
  readonly fileMib: number;
}

/** What keeping contents compressed costs and saves, by their size. */
export async function run(args: readonly string[]): Promise<void> {
  const rounds = Number(args[0] ?? 3);
  for (const [size, count] of [
    [2_048, 20_000],
    [16_384, 4_000],
    [60_000, 1_000],
  ] as const) {
    console.log(`  ${count} notifications of ${size} bytes of prose, median of ${rounds}`);
    const outcomes = new Map<string, Outcome[]>(Object.keys(CONTESTANTS).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, store] of Object.entries(CONTESTANTS)) outcomes.get(name)?.push(await once(size, count, store));
    }
    for (const [name, results] of outcomes) {
      const of = (part: keyof Outcome): number => median(results.map((result) => result[part]));
      const rate = (part: keyof Outcome): string => Math.round(of(part)).toLocaleString('en').padStart(9);
      console.log(
        `  ${name.padEnd(20)}${rate('acceptsPerSecond')} accepts/s ${rate('deliveriesPerSecond')} deliveries/s ${of('fileMib').toFixed(1).padStart(7)} MiB`,
      );
    }
  }
}

async function once(size: number, count: number, store: NonNullable<NotificationModuleOptions['store']>): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const path = join(folder, 'store.db');
  const app = await NestFactory.createApplicationContext(
    NotificationModule.forRoot({ store: { path, ...store }, aggregation: { enabled: false }, batch: { timeoutMs: 0 } }),
  );
  // Takes everything at once: what is timed is the store.
  const transport = new RecordingTransport();
  app.get(TransportRegistry).get('email')!.send = (messages) => transport.send(messages);
  const processor = app.get(BatchProcessorService);
  await processor.pause('email');
  const prose = proseOf(size);
  const bodies = Array.from({ length: BODIES }, prose);
  let startedAt = performance.now();
  await app.get(QueueService).enqueueMany(notifications(count, bodies));
  const acceptsPerSecond = count / ((performance.now() - startedAt) / 1_000);
  let delivered = 0;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  app.get(NotificationEvents).on('batchFinished', ({ messages }) => {
    delivered += messages.length;
    if (delivered === count) resolve(undefined);
  });
  startedAt = performance.now();
  await processor.resume('email');
  await promise;
  const deliveriesPerSecond = count / ((performance.now() - startedAt) / 1_000);
  await app.close();
  const fileMib = (await stat(path)).size / MIB;
  await rm(folder, { recursive: true });
  return { acceptsPerSecond, deliveriesPerSecond, fileMib };
}

function* notifications(count: number, bodies: readonly string[]): Generator<Notification> {
  for (let i = 0; i < count; i++) {
    yield {
      type: 'announcement',
      channel: 'email',
      to: `reader-${i}@example.com`,
      title: `Number ${i}`,
      body: bodies[i % BODIES] ?? '',
    };
  }
}

/** Words by Zipf's law, as those of a language are: neither noise nor one line again and again. */
function proseOf(size: number): () => string {
  let state = 1;
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const letters = 'etaoinshrdlcumwfgypbvk';
  const word = (): string =>
    Array.from({ length: 2 + Math.floor(random() * 8) }, () => letters[Math.floor(random() ** 2 * letters.length)]).join('');
  const words = Array.from({ length: 3_000 }, word);
  return () => {
    let text = '';
    while (text.length < size) text += `${words[Math.floor(words.length ** random()) - 1]} `;
    return text.slice(0, size);
  };
}
