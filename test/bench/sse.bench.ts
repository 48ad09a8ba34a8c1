import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type AggregationRule, NotificationModule, QueueService, StatisticsService } from '../../dist/index.js';

const CLIENTS = 10_000;
const BURST = 20;
const USERS_IN_BURST = 500;

const RESTART_READERS = 1_000;
const SERVERS = 10;
const KINDS = ['server_stopping', 'server_starting', 'server_online'];
/** Rules, and how many events of the thirty a reader gets by them. */
const RESTARTS: Readonly<Record<string, { readonly rules: readonly AggregationRule[]; readonly items: number }>> = {
  'sent directly': { rules: [{ channel: 'sse', windowMs: 0, maxCount: 1 }], items: 30 },
  'by default': { rules: [], items: 30 },
  'groupBy none, dedupeBy': {
    rules: [{ channel: 'sse', windowMs: 100, maxCount: 50, groupBy: 'none', dedupeBy: 'data.server' }],
    items: 10,
  },
};

/**
 * Ten thousand readers of one process (or as many thousands as `bench -- sse 1000` says), and what bursts cost them, in batches and one by one; a hub
 * that restarts.
 */
export async function run(args: readonly string[]): Promise<void> {
  if (args[0] === 'readers') return readers(Number(args[1]), args[2] === 'batched', Number(args[3]));
  const clients = /^\d+$/.test(args[0] ?? '') ? Number(args[0]) : CLIENTS;
  if (args[0] !== 'restart') for (const batched of [true, false]) await measure(batched, clients);
  for (const [name, how] of Object.entries(RESTARTS)) await restart(name, how);
}

/** Thirty events for everybody: of ten servers, in three kinds. */
async function restart(name: string, { rules, items }: (typeof RESTARTS)[string]): Promise<void> {
  const module = NotificationModule.forRoot({ store: { path: ':memory:' }, http: true, aggregation: { rules } });
  const app = await NestFactory.create<NestExpressApplication>(module);
  await app.listen(0, '127.0.0.1');
  const child = reader(new URL(await app.getUrl()).port, 'batched', RESTART_READERS);
  await message(child, 'connected');
  const queue = app.get(QueueService);
  const before = process.cpuUsage();
  const servers = Array.from({ length: SERVERS }, (_, index) => `server-${index}`);
  for (const type of KINDS) {
    await queue.enqueueMany(servers.map((server) => ({ type, channel: 'sse', to: '*', data: { server, state: type } })));
  }
  child.send({ expect: items * RESTART_READERS });
  const { frames, bytes } = (await message(child, 'reached')) as { frames: number; bytes: number };
  const { user, system } = process.cpuUsage(before);
  const each = `${frames / RESTART_READERS} frames and ${Math.round(bytes / RESTART_READERS)} bytes a reader`;
  console.log(`  a hub restarts, ${name}: ${each}, ${Math.round((user + system) / 1_000)} ms of processor time`);
  child.kill();
  await app.close();
}

/** @param clients thousands */
async function measure(batched: boolean, clients: number): Promise<void> {
  // Without batches every notification goes at once by a rule, as an application without them would send it.
  const rules = batched ? [] : [{ channel: 'sse', windowMs: 0, maxCount: 1 }];
  const module = NotificationModule.forRoot({ store: { path: ':memory:' }, http: true, aggregation: { rules } });
  const app = await NestFactory.create<NestExpressApplication>(module);
  await app.listen(0, '127.0.0.1');
  const port = Number(new URL(await app.getUrl()).port);
  global.gc?.();
  const before = process.memoryUsage().rss;
  const child = reader(String(port), batched ? 'batched' : 'single', clients);
  await message(child, 'connected');
  global.gc?.();
  const perClient = (process.memoryUsage().rss - before) / clients / 1024;

  const queue = app.get(QueueService);
  const startedAt = performance.now();
  const everyone = Array.from({ length: 1_000 }, (_, i) => i);
  for (let from = 0; from < clients; from += 1_000) {
    await queue.enqueue({ type: 'error', channel: 'sse', to: everyone.map((i) => `u${from + i}`), title: 'To everybody' });
  }
  child.send({ expect: clients });
  await message(child, 'reached');
  const fanOutMs = performance.now() - startedAt;

  child.send({ reset: true });
  const { counts } = await app.get(StatisticsService).statistics();
  const [sentAt, usedBefore] = [performance.now(), process.cpuUsage()];
  await queue.enqueue({ type: 'error', channel: 'sse', to: '*', title: 'To everybody' });
  child.send({ expect: clients });
  await message(child, 'reached');
  const broadcastMs = performance.now() - sentAt;
  const { user, system } = process.cpuUsage(usedBefore);
  const deliveries = (await app.get(StatisticsService).statistics()).counts.byState.delivered - counts.byState.delivered;

  child.send({ reset: true });
  for (let i = 0; i < BURST; i++) {
    await queue.enqueue({
      type: 'progress',
      channel: 'sse',
      to: everyone.slice(0, USERS_IN_BURST).map((n) => `u${n}`),
      title: `Step ${i} of ${BURST}`,
    });
  }
  child.send({ expect: BURST * USERS_IN_BURST });
  const { frames, bytes } = (await message(child, 'reached')) as { frames: number; bytes: number };
  const name = batched ? 'in batches' : 'one by one';
  // The process keeps what the first run took, so the second one's memory says nothing.
  const each = batched ? `, ${perClient.toFixed(1)} KiB each` : '';
  console.log(`  ${name}: ${clients.toLocaleString('en')} readers${each}; to all of them in ${Math.round(fanOutMs)} ms`);
  console.log(
    `    one notification to *: ${deliveries} delivery, all reached in ${Math.round(broadcastMs)} ms, ${Math.round((user + system) / 1_000)} ms of processor time`,
  );
  console.log(
    `    a burst of ${BURST} to ${USERS_IN_BURST} users: ${frames.toLocaleString('en')} frames, ${Math.round(bytes / 1024).toLocaleString('en')} KiB`,
  );
  child.kill();
  await app.close();
}

/** In its own process: sockets that read what comes, and count notifications, frames and bytes. */
async function readers(port: number, batched: boolean, clients: number): Promise<void> {
  let [items, frames, bytes, expected] = [0, 0, 0, Infinity];
  const look = (): void => {
    if (items < expected) return;
    expected = Infinity;
    process.send?.({ done: 'reached', frames, bytes });
  };
  process.on('message', (order: { expect?: number; reset?: true }) => {
    if (order.reset === true) [items, frames, bytes] = [0, 0, 0];
    if (order.expect !== undefined) expected = order.expect;
    look();
  });
  for (let i = 0; i < clients; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8');
    socket.write(`GET /notifications/stream?user=u${i}&batch=${batched} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await once(socket, 'data');
    socket.on('data', (text: string) => {
      bytes += text.length;
      frames += text.split('\nevent: ').length - 1;
      items += text.split('"id":').length - 1;
      look();
    });
  }
  process.send?.({ done: 'connected' });
  await new Promise(() => undefined);
}

function reader(port: string, how: 'batched' | 'single', clients: number): ChildProcess {
  return fork(fileURLToPath(new URL('main.ts', import.meta.url)), ['sse', 'readers', port, how, String(clients)]);
}

function message(child: ChildProcess, wanted: string): Promise<object> {
  return new Promise((resolve) => {
    const listen = (said: { done: string }): void => {
      if (said.done !== wanted) return;
      child.off('message', listen);
      resolve(said);
    };
    child.on('message', listen);
  });
}
