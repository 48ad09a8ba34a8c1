import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import nodemailer from 'nodemailer';
import { ensureProgram } from '../support/provision.ts';

/** Jobs added in one call, as many as `enqueueMany` keeps in one. */
const CHUNK = 400;

export interface BenchMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A local Redis that keeps what it is told: append-only, written to disk every second, as BullMQ's own documentation asks for. */
export class LocalRedis {
  readonly port: number;
  private readonly child: ChildProcess;
  private readonly folder: string;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.child = child;
    this.folder = folder;
  }

  static async start(port: number): Promise<LocalRedis> {
    const folder = await mkdtemp(join(tmpdir(), 'bench-redis-'));
    const args = ['--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec'];
    const child = spawn(ensureProgram('redis-server', { package: 'redis-server' }), args, { stdio: 'ignore' });
    process.once('exit', () => child.kill());
    for (;;) {
      const answers = await new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.destroy();
          resolve(true);
        });
        socket.once('error', () => resolve(false));
      });
      if (answers) return new LocalRedis(port, child, folder);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill();
    await ended;
    await rm(this.folder, { recursive: true });
  }
}

/** Jobs in BullMQ, sent by a worker over nodemailer's pool: from the first job added to the last one completed, mails a second. */
export async function byBullMq(
  redisPort: number,
  smtpPort: number,
  connections: number,
  mails: readonly BenchMail[],
): Promise<number> {
  const connection = { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null };
  const pool = nodemailer.createTransport({
    host: '127.0.0.1',
    port: smtpPort,
    pool: true,
    maxConnections: connections,
    maxMessages: Infinity,
  });
  const queue = new Queue<BenchMail>('mail', {
    connection,
    defaultJobOptions: { attempts: 5, backoff: { type: 'exponential', delay: 1_000 }, removeOnComplete: true },
  });
  let completed = 0;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const worker = new Worker<BenchMail>(
    'mail',
    async ({ data }) => {
      await pool.sendMail({ from: 'notifications@example.com', ...data });
    },
    { connection, concurrency: connections * 2 },
  );
  worker.on('completed', () => {
    if (++completed === mails.length) resolve(undefined);
  });
  await worker.waitUntilReady();
  const startedAt = performance.now();
  for (let from = 0; from < mails.length; from += CHUNK) {
    await queue.addBulk(mails.slice(from, from + CHUNK).map((data) => ({ name: 'mail', data })));
  }
  await promise;
  const seconds = (performance.now() - startedAt) / 1_000;
  await worker.close();
  await queue.close();
  pool.close();
  return mails.length / seconds;
}
