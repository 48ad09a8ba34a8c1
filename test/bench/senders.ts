import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import nodemailer from 'nodemailer';
import { type Notification, NotificationEvents, NotificationModule, QueueService } from '../../dist/index.js';
import { SystemClock } from '../../dist/model/clock.js';
import { type EmailContent } from '../../dist/transports/email/email-content.js';
import { EmailTransport } from '../../dist/transports/email/email.transport.js';
import { type OutgoingMessage } from '../../dist/transports/transport.js';

export const TEXT = 'A line of a notification that somebody reads.\n'.repeat(16);
export const HTML = `<!doctype html><html><body><p>${'A line of a notification that somebody reads.<br>\n'.repeat(24)}</p></body></html>`;
const FROM = 'Notifications <notifications@example.com>';
const BATCH = 100;

/** So many mails of 2 KiB, to one server. */
export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly count: number;
}

/** Only the transport; mails/s, composing and connecting included. */
export async function byTransport({ port, connections, count }: Load): Promise<number> {
  const options = { smtpUrl: `smtp://127.0.0.1:${port}`, from: FROM, poolSize: connections };
  const transport = new EmailTransport(options, new SystemClock(), () => 0);
  const seconds = await timed(() =>
    inTurns(connections, count, BATCH, async (from, size) => {
      const results = await transport.send(messages(from, size), { lane: 'normal', signal: new AbortController().signal });
      const failure = results.find(({ status }) => status !== 'accepted');
      if (failure !== undefined) throw new Error(JSON.stringify(failure));
    }),
  );
  await transport.close();
  return count / seconds;
}

/** nodemailer's pool, fed as it drains; mails/s. */
export async function byNodemailer({ port, connections, count }: Load): Promise<number> {
  const pool = nodemailer.createTransport({
    host: '127.0.0.1',
    port,
    pool: true,
    maxConnections: connections,
    maxMessages: Infinity,
  });
  const seconds = await timed(() =>
    inTurns(connections * 2, count, 1, async (i) => {
      await pool.sendMail({ from: FROM, to: `reader-${i}@example.com`, subject: `Number ${i}`, text: TEXT, html: HTML });
    }),
  );
  pool.close();
  return count / seconds;
}

/** Accept, store, claim, format, send, settle: from the first accept to the last delivery; mails/s. */
export async function byModule({ port, connections, count }: Load): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const module = NotificationModule.forRoot({
    store: { path: join(folder, 'store.db') },
    email: { smtpUrl: `smtp://127.0.0.1:${port}`, from: FROM, poolSize: connections },
    aggregation: { enabled: false },
    batch: { timeoutMs: 50, maxConcurrency: connections + 1 },
  });
  const app = await NestFactory.createApplicationContext(module);
  let delivered = 0;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  app.get(NotificationEvents).on('batchFinished', ({ messages: ended }) => {
    delivered += ended.filter(({ outcome }) => outcome === 'delivered').length;
    if (delivered === count) resolve(undefined);
  });
  const seconds = await timed(async () => {
    await app.get(QueueService).enqueueMany(notifications(count));
    await promise;
  });
  await app.close();
  await rm(folder, { recursive: true });
  return count / seconds;
}

/** So many workers, each of which takes the next mails when it is done with the last. */
async function inTurns(
  workers: number,
  count: number,
  size: number,
  work: (from: number, count: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let from = next; from < count; from = next) {
      next += size;
      await work(from, Math.min(size, count - from));
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

function* notifications(count: number): Generator<Notification> {
  for (let i = 0; i < count; i++) {
    yield { type: 'announcement', channel: 'email', to: `reader-${i}@example.com`, title: `Number ${i}`, body: TEXT };
  }
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

/** @returns seconds */
export async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}
