import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import nodemailer from 'nodemailer';
import { type Notification, NotificationEvents, NotificationModule, QueueService } from '../../dist/index.js';
import { SystemClock } from '../../dist/model/clock.js';
import { type OutgoingMessage } from '../../dist/transports/transport.js';
import { type EmailContent } from '../../dist/transports/email/email-content.js';
import { EmailTransport } from '../../dist/transports/email/email.transport.js';
import { ensureProgram } from '../support/provision.ts';
import { type BenchMail, byBullMq, LocalRedis } from './bullmq-mail.ts';
import { freePort, SmtpSinkBehindProxy } from './smtp-sink-behind-proxy.ts';
import { interleaved, printRates } from './table.ts';

const CONNECTIONS = 10;
const BATCH = 100;
const STREAMED = 200_000;
const TEXT = 'A line of a notification that somebody reads.\n'.repeat(16);
const HTML = `<!doctype html><html><body><p>${'A line of a notification that somebody reads.<br>\n'.repeat(24)}</p></body></html>`;
const FROM = 'Notifications <notifications@example.com>';

/** Mails a second by the transport alone, over ten connections to Postfix's smtp-sink, by the delay of the line. */
export async function run(args: readonly string[]): Promise<void> {
  const rounds = Number(args[0] ?? 3);
  for (const [delayMs, count] of [
    [0, 20_000],
    [20, 2_000],
  ] as const) {
    const server = await SmtpSinkBehindProxy.start(delayMs);
    const { port } = server;
    console.log(`  ${count} mails of 2 KiB, ${CONNECTIONS} connections, ${delayMs} ms a round trip, median of ${rounds}`);
    const redis = delayMs === 0 ? await LocalRedis.start(await freePort()) : undefined;
    const rates = await interleaved(rounds, {
      'nodemailer pool: true': () => timed(count, () => byNodemailer(port, count)),
      'smtp-source (C)': () => timed(count, () => bySmtpSource(port, count)),
      'this transport': () => timed(count, () => byTransport(port, count)),
      'durable end to end': () => byModule(port, count),
      ...(redis === undefined
        ? {}
        : { 'BullMQ, nodemailer pool': () => byBullMq(redis.port, port, CONNECTIONS, benchMails(count)) }),
    });
    printRates('mails/s', rates);
    if (rates['BullMQ, nodemailer pool'] !== undefined) {
      const ratio = (rates['durable end to end'] ?? NaN) / rates['BullMQ, nodemailer pool'];
      console.log(`  durable end to end over BullMQ: ${ratio.toFixed(2)}×`);
    }
    await redis?.stop();
    if (delayMs === 0) streamed(server.port);
    server.stop();
  }
}

/** Peak memory, in processes of their own: as V8 likes it, and as it is told. */
function streamed(port: number): void {
  for (const flags of [[], ['--max-old-space-size=80', '--max-semi-space-size=2']]) {
    const program = fileURLToPath(new URL('streamed-mail.ts', import.meta.url));
    const said = execFileSync(process.execPath, [...flags, program, String(port), String(STREAMED)], { encoding: 'utf8' });
    console.log(`  ${STREAMED} streamed, ${flags.length === 0 ? 'no flags' : flags.join(' ')}: ${said.trim()}`);
  }
}

function benchMails(count: number): readonly BenchMail[] {
  return Array.from({ length: count }, (_, i) => ({
    to: `reader-${i}@example.com`,
    subject: `Number ${i}`,
    text: TEXT,
    html: HTML,
  }));
}

async function byTransport(port: number, count: number): Promise<void> {
  const transport = new EmailTransport(
    { smtpUrl: `smtp://127.0.0.1:${port}`, from: FROM, poolSize: CONNECTIONS },
    new SystemClock(),
    () => 0,
  );
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let from = next; from < count; from = next) {
      next += BATCH;
      const results = await transport.send(messages(from, Math.min(BATCH, count - from)), {
        lane: 'normal',
        signal: new AbortController().signal,
      });
      if (results.some(({ status }) => status !== 'accepted'))
        throw new Error(JSON.stringify(results.find((r) => r.status !== 'accepted')));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  await transport.close();
}

/** Accept, store, claim, format, send, settle: from the first accept to the last delivery. */
async function byModule(port: number, count: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const module = NotificationModule.forRoot({
    store: { path: join(folder, 'store.db') },
    email: { smtpUrl: `smtp://127.0.0.1:${port}`, from: FROM, poolSize: CONNECTIONS },
    aggregation: { enabled: false },
    batch: { timeoutMs: 50, maxConcurrency: CONNECTIONS + 1 },
  });
  const app = await NestFactory.createApplicationContext(module);
  let delivered = 0;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  app.get(NotificationEvents).on('batchFinished', ({ messages }) => {
    delivered += messages.filter(({ outcome }) => outcome === 'delivered').length;
    if (delivered === count) resolve(undefined);
  });
  const startedAt = performance.now();
  await app.get(QueueService).enqueueMany(notifications(count));
  await promise;
  const seconds = (performance.now() - startedAt) / 1_000;
  await app.close();
  await rm(folder, { recursive: true });
  return count / seconds;
}

function* notifications(count: number): Generator<Notification> {
  for (let i = 0; i < count; i++) {
    yield { type: 'announcement', channel: 'email', to: `reader-${i}@example.com`, title: `Number ${i}`, body: TEXT };
  }
}

async function byNodemailer(port: number, count: number): Promise<void> {
  const pool = nodemailer.createTransport({
    host: '127.0.0.1',
    port,
    pool: true,
    maxConnections: CONNECTIONS,
    maxMessages: Infinity,
  });
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      await pool.sendMail({ from: FROM, to: `reader-${i}@example.com`, subject: `Number ${i}`, text: TEXT, html: HTML });
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS * 2 }, worker));
  pool.close();
}

async function bySmtpSource(port: number, count: number): Promise<void> {
  const program = ensureProgram('smtp-source', { package: 'postfix' });
  const child = spawn(program, ['-s', String(CONNECTIONS), '-m', String(count), '-l', '2048', '-d', `127.0.0.1:${port}`], {
    stdio: 'ignore',
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`smtp-source ended with ${String(code)}`);
}

function messages(from: number, count: number): OutgoingMessage<EmailContent>[] {
  return Array.from({ length: count }, (_, offset) => {
    const i = from + offset;
    const content = { type: 'announcement', channel: 'email', title: `Number ${i}`, priority: 'normal' as const };
    return {
      message: {
        messageId: `m-bench-${i}`,
        channel: 'email',
        address: `reader-${i}@example.com`,
        type: 'announcement',
        priority: 'normal',
        lane: 'normal',
        attempt: 1,
        openedAt: 0,
        queuedAt: 0,
        entries: [{ deliveryId: `d-${i}`, route: 'batch', acceptedAt: 0, content }],
      },
      content: { subject: `Number ${i}`, text: TEXT, html: HTML, headers: {} },
    };
  });
}

async function timed(count: number, work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return count / ((performance.now() - startedAt) / 1_000);
}
