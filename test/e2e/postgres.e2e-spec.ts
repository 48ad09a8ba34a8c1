import { setTimeout as sleep } from 'node:timers/promises';
import { type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import {
  BatchProcessorService,
  NotificationEvents,
  NotificationModule,
  type NotificationModuleOptions,
  QueueService,
  StatisticsService,
} from '../../src/index.js';
import { fromPg, fromTypeOrm } from '../../src/postgres.js';
import { hostPool } from '../support/host-pool.js';
import { PostgresServer } from '../support/postgres-server.js';
import { endAfterTest } from '../support/resources.js';
import { SmtpSink, type SunkMail } from '../support/smtp-sink.js';

const LOOK_EVERY_MS = 25;

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

let schema: string;
let sink: SmtpSink;
beforeEach(async () => {
  schema = server.newSchema();
  sink = await SmtpSink.start();
});

const running = new Set<INestApplicationContext>();
/** What was delivered by any instance of the test, and who waits for it. */
let delivered = 0;
let waiting: { readonly count: number; readonly resolve: () => void }[] = [];
beforeEach(() => {
  delivered = 0;
  waiting = [];
});
afterEach(async () => {
  for (const app of running) await app.close();
  running.clear();
});

async function start(options: NotificationModuleOptions = {}): Promise<INestApplicationContext> {
  const own: NotificationModuleOptions = {
    store: { url: `${server.url}?schema=${schema}` },
    email: { smtpUrl: sink.url, from: 'shop@example.com' },
    http: false,
    ...options,
  };
  const module = await Test.createTestingModule({ imports: [NotificationModule.forRoot(own)] }).compile();
  module.useLogger(false);
  running.add(await module.init());
  module.get(NotificationEvents).on('delivered', () => {
    delivered++;
    for (const { count, resolve } of waiting) if (delivered >= count) resolve();
  });
  return module;
}

async function stop(app: INestApplicationContext): Promise<void> {
  running.delete(app);
  await app.close();
}

/** The mails that came, once the instances of the test delivered so many notifications. */
async function mailsAfter(count: number): Promise<readonly SunkMail[]> {
  if (delivered < count) await new Promise<void>((resolve) => waiting.push({ count, resolve }));
  return sink.mails();
}

const subjects = (all: readonly SunkMail[]): readonly string[] =>
  all.map(({ raw }) => /^Subject: (.*)$/m.exec(raw)?.[1] ?? '').toSorted();

const notification = (title: string, more: object = {}) =>
  ({ type: 'note', channel: 'email', to: 'ann@example.com', title, ...more }) as const;

describe('instances that share a store on PostgreSQL', () => {
  const RULES = { aggregation: { rules: [{ type: 'note', windowMs: 600_000, maxCount: 6 }] } };

  it('G2 gather in one window, send it once, and send what is critical at once', async () => {
    const apps = [await start(RULES), await start(RULES), await start(RULES)];
    const queues = apps.map((app) => app.get(QueueService));
    await Promise.all(queues.map((queue, n) => queue.enqueue(notification(`note ${n}`))));
    await queues[0]?.enqueue(notification('urgent', { priority: 'critical' }));
    expect(subjects(await mailsAfter(1))).toEqual(['urgent']);
    await Promise.all(queues.map((queue, n) => queue.enqueue(notification(`note ${n + 3}`))));
    const all = await mailsAfter(7);
    expect(all).toHaveLength(2);
    const digest = all.find(({ raw }) => !raw.includes('Subject: urgent'))?.raw ?? '';
    for (let n = 0; n < 6; n++) expect(digest).toContain(`note ${n}`);
    for (const app of apps) {
      const { counts } = await app.get(StatisticsService).statistics();
      expect(counts.byState).toMatchObject({ delivered: 7, gathering: 0, queued: 0, sending: 0 });
    }
  });

  it('hear of a pause, and go on where one that stopped left off', async () => {
    const [a, b] = [await start(), await start()];
    await a.get(BatchProcessorService).pause('email');
    // Nobody tells when an instance hears of it.
    const isPaused = (): boolean => b.get(BatchProcessorService).getBatchStatistics().channels['email']?.paused !== false;
    while (!isPaused()) await sleep(LOOK_EVERY_MS);
    await b.get(QueueService).enqueue(notification('held', { priority: 'critical' }));
    await stop(a);
    expect(await sink.count()).toBe(0);
    await b.get(BatchProcessorService).resume('email');
    expect(subjects(await mailsAfter(1))).toEqual(['held']);
  });
});

describe('enqueue in a transaction of the application', () => {
  it('mails what was committed, and never what was rolled back', async () => {
    const app = await start({ aggregation: { enabled: false } });
    const queue = app.get(QueueService);
    const pool = hostPool({ connectionString: server.url });
    await pool.query(`CREATE TABLE ${schema}.orders (id int PRIMARY KEY)`);
    const order = async (id: number, end: 'COMMIT' | 'ROLLBACK'): Promise<string> => {
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query(`INSERT INTO ${schema}.orders VALUES ($1)`, [id]);
      const { deliveries } = await queue.enqueue(notification(`order ${id}`, { priority: 'critical' }), { tx: fromPg(client) });
      await client.query(end);
      client.release();
      return deliveries[0]?.id ?? '';
    };
    const [rolledBack, committed] = [await order(1, 'ROLLBACK'), await order(2, 'COMMIT')];
    expect(await queue.find(committed)).toMatchObject({ title: 'order 2' });
    expect(subjects(await mailsAfter(1))).toEqual(['order 2']);
    expect(await queue.find(rolledBack)).toBeUndefined();
    const source = await new DataSource({ type: 'postgres', url: server.url }).initialize();
    endAfterTest('TypeORM', () => source.destroy());
    await source.transaction(async (manager) => {
      await manager.query(`INSERT INTO ${schema}.orders VALUES (3)`);
      await queue.enqueue(notification('order 3', { priority: 'critical' }), { tx: fromTypeOrm(manager) });
    });
    expect(subjects(await mailsAfter(2))).toEqual(['order 2', 'order 3']);
  });
});
