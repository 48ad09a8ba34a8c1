import { Test } from '@nestjs/testing';
import {
  BatchAggregationService,
  NotificationEvents,
  NotificationModule,
  NotificationTransport,
  type OutgoingMessage,
  QueueService,
  type SendResult,
  type Transport,
} from '../../dist/index.js';
import { type Acceptance, type NotificationStore } from '../../dist/storage/notification-store.js';
import { ENGINES, type RunningEngine } from './engines.ts';

const ROUNDS = 3;
const ACCEPTS = 40_000;
const PER_CALL = 400;
const MESSAGES = 20_000;
const PER_CLAIM = 100;
const END_TO_END = 20_000;
const PER_DIGEST = 10;
const BODY = 'x'.repeat(300);
const POLICY = {
  mode: 'fixed',
  windowMs: 3_600_000,
  maxCount: PER_DIGEST,
  maxWaitMs: 3_600_000,
  leadingCount: 0,
  minCount: 1,
  groupBy: 'type',
  render: { limit: 50, keep: 'priority' },
} as const;

/** What a round took. Processor time is in µs for one of what is counted. */
interface Measured {
  readonly rate: number;
  readonly clientMicros: number;
  readonly serverMicros: number;
}

/** The stores beside each other: what they accept, claim and settle, and whole paths of the module to a transport that takes everything at once. */
export async function run(): Promise<void> {
  for (const { name, start } of ENGINES) {
    const engine = await start();
    console.log(`  ${name}${' '.repeat(Math.max(0, 51 - name.length))}rate      µs here   µs server`);
    const measures: Readonly<Record<string, () => Promise<Measured>>> = {
      'accepts into windows of 10, 400 a call, with keys': () => accepts(engine, true),
      'direct accepts, 400 a call': () => accepts(engine, false),
      'claim 100 and settle, messages': () => claims(engine),
      'accepted, gathered by 10, sent: deliveries': () => endToEnd(engine, 'gathered'),
      'accepted and sent one by one: deliveries': () => endToEnd(engine, 'direct'),
    };
    for (const [what, measure] of Object.entries(measures)) {
      const all: Measured[] = [];
      for (let round = 0; round < ROUNDS; round++) all.push(await measure());
      // The round that others disturbed least.
      const best = all.reduce((a, b) => (a.clientMicros + a.serverMicros <= b.clientMicros + b.serverMicros ? a : b));
      const rate = `${Math.round(Math.max(...all.map((one) => one.rate))).toLocaleString('en')}/s`;
      console.log(
        `    ${what.padEnd(50)} ${rate.padStart(9)} ${best.clientMicros.toFixed(1).padStart(9)} ${best.serverMicros.toFixed(1).padStart(9)}`,
      );
    }
    await engine.stop();
  }
}

async function measured(engine: RunningEngine, count: number, work: () => Promise<unknown>): Promise<Measured> {
  global.gc?.();
  const [startedAt, here, there] = [performance.now(), process.cpuUsage(), engine.serverMs()];
  await work();
  const { user, system } = process.cpuUsage(here);
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    rate: count / seconds,
    clientMicros: (user + system) / count,
    serverMicros: ((engine.serverMs() - there) * 1_000) / count,
  };
}

async function accepts(engine: RunningEngine, gathers: boolean): Promise<Measured> {
  const store = engine.newStore();
  const now = Date.now();
  await store.open(now);
  const calls = Array.from({ length: ACCEPTS / PER_CALL }, (_, call) =>
    Array.from({ length: PER_CALL }, (__, index) => acceptance(call * PER_CALL + index, gathers)),
  );
  const result = await measured(engine, ACCEPTS, async () => {
    for (let at = 0; at < calls.length; at += 2) {
      await Promise.all(calls.slice(at, at + 2).map((call) => store.accept(call, now)));
    }
  });
  await store.close();
  return result;
}

async function claims(engine: RunningEngine): Promise<Measured> {
  const store = engine.newStore();
  const now = Date.now();
  await store.open(now);
  for (let from = 0; from < MESSAGES; from += PER_CALL) {
    await store.accept(
      Array.from({ length: PER_CALL }, (_, index) => acceptance(from + index, false)),
      now,
    );
  }
  const result = await measured(engine, MESSAGES, async () => {
    while ((await claimAndSettle(store, now)) > 0);
    await store.sync();
  });
  await store.close();
  return result;
}

async function claimAndSettle(store: NotificationStore, now: number): Promise<number> {
  const { token, messages } = await store.claim({ channel: 'email', lane: 'normal', limit: PER_CLAIM, now, leaseMs: 60_000 });
  if (messages.length > 0) {
    await store.settle(
      messages.map(({ messageId }) => ({ messageId, token, outcome: 'delivered' })),
      now,
    );
  }
  return messages.length;
}

function acceptance(index: number, gathers: boolean): Acceptance {
  const content = { type: 'alert', channel: 'email', title: `Number ${index}`, body: BODY, priority: 'normal' } as const;
  const addresses = [`reader-${index % 2_000}@example.com`];
  if (!gathers) return { content, addresses, route: 'batch' };
  return { content: { ...content, idempotencyKey: `key-${index}` }, addresses, route: 'aggregate', policy: POLICY };
}

/** Takes everything at once. */
class EagerTransport implements Transport {
  readonly batching = true;

  async send(messages: readonly OutgoingMessage[]): Promise<readonly SendResult[]> {
    return messages.map(() => ({ status: 'accepted' }));
  }
}
NotificationTransport('eager')(EagerTransport);

async function endToEnd(engine: RunningEngine, type: 'gathered' | 'direct'): Promise<Measured> {
  const rules = [
    { type: 'direct', windowMs: 0, maxCount: 1 },
    { type: 'gathered', windowMs: 3_600_000, maxCount: PER_DIGEST },
  ];
  const imports = [NotificationModule.forRoot({ store: engine.newOptions(), http: false, aggregation: { rules } })];
  const app = await Test.createTestingModule({ imports, providers: [EagerTransport] }).compile();
  app.useLogger(false);
  await app.init();
  let delivered = 0;
  const done = Promise.withResolvers<undefined>();
  app.get(NotificationEvents).on('batchFinished', ({ messages }) => {
    delivered += messages.reduce((sum, { count }) => sum + count, 0);
    if (delivered === END_TO_END) done.resolve(undefined);
  });
  const notifications = Array.from({ length: END_TO_END }, (_, index) => {
    return { type, channel: 'eager', to: `reader-${index % 2_000}`, title: `Number ${index}`, body: BODY };
  });
  const result = await measured(engine, END_TO_END, async () => {
    await app.get(QueueService).enqueueMany(notifications);
    await app.get(BatchAggregationService).flushAll();
    await done.promise;
  });
  await app.close();
  return result;
}
