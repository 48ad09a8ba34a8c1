import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** A critical post every so often, each over its own connection. */
const PROBE_EVERY_MS = 200;
const ANSWER_WITHIN_MS = 20_000;

interface ProbeReport {
  /** ms until the answer; a post without one counts as the time limit. */
  readonly answers: readonly number[];
  readonly unanswered: number;
  readonly ids: readonly string[];
}

/** Many clients that keep their connections, each with one post after the other, beside new connections with critical posts. */
export async function run([clients = '2000', seconds = '10']: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const port = await freePort();
  const env = { PATH: process.env['PATH'], PORT: String(port), STORE_PATH: join(folder, 'store.db'), NO_COLOR: '1' };
  const server = spawn(process.execPath, ['--no-warnings', 'dist/main.js'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await listening(server.stdout);
    const load = new Load(port, Number(clients));
    await load.start();
    const probe = new Worker(new URL(import.meta.url), { workerData: { port, untilMs: Number(seconds) * 1_000 } });
    const startedAt = performance.now();
    load.reset();
    const [report] = (await once(probe, 'message')) as [ProbeReport];
    const rate = load.answered / ((performance.now() - startedAt) / 1_000);
    load.stop();
    const delivered = await deliveryTimes(port, report.ids);
    console.log(`  ${clients} clients, ${load.connected} of them connected: ${Math.round(rate)} posts/s, ${shown(load.times)}`);
    console.log(
      `  critical post over a new connection: ${shown(report.answers)}, ${report.unanswered} of ${report.answers.length} without an answer`,
    );
    console.log(`  critical mail, accepted to delivered: ${shown(delivered)}`);
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
    await rm(folder, { recursive: true });
  }
}

class Load {
  answered = 0;
  connected = 0;
  times: number[] = [];
  private readonly sockets: Socket[] = [];
  private running = true;
  private next = 0;

  private readonly port: number;
  private readonly clients: number;

  constructor(port: number, clients: number) {
    this.port = port;
    this.clients = clients;
  }

  /** Resolves when all are connected, or after 20 s. */
  async start(): Promise<void> {
    const limit = AbortSignal.timeout(20_000);
    const ready = Array.from({ length: this.clients }, () => this.client());
    await Promise.race([Promise.all(ready), once(limit, 'abort')]);
  }

  reset(): void {
    this.answered = 0;
    this.times = [];
  }

  stop(): void {
    this.running = false;
    for (const socket of this.sockets) socket.destroy();
  }

  private client(): Promise<void> {
    const socket = connect(this.port, '127.0.0.1');
    this.sockets.push(socket);
    let sentAt = 0;
    const post = (): void => {
      sentAt = performance.now();
      socket.write(postOf({ type: 'direct', channel: 'email', to: `r${this.next++ % 10_000}@example.com`, title: 'Load' }));
    };
    socket.on('error', () => undefined);
    socket.on('data', () => {
      if (!this.running) return;
      this.answered++;
      this.times.push(performance.now() - sentAt);
      post();
    });
    return new Promise((resolve) => {
      // Connected is who was answered once: the kernel takes connections that nobody has accepted yet.
      socket.once('data', () => {
        this.connected++;
        resolve();
      });
      socket.once('connect', post);
    });
  }
}

function postOf(notification: object): string {
  const body = JSON.stringify(notification);
  return `POST /notifications HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

async function probe({ port, untilMs }: { readonly port: number; readonly untilMs: number }): Promise<ProbeReport> {
  const answers: Promise<{ readonly ms: number; readonly id?: string }>[] = [];
  const startedAt = performance.now();
  while (performance.now() - startedAt < untilMs) {
    answers.push(criticalPost(port, answers.length));
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
  const all = await Promise.all(answers);
  const ids = all.flatMap(({ id }) => (id === undefined ? [] : [id]));
  return { answers: all.map(({ ms }) => ms), unanswered: all.length - ids.length, ids };
}

async function criticalPost(port: number, i: number): Promise<{ readonly ms: number; readonly id?: string }> {
  const startedAt = performance.now();
  const notification = { type: 'alert', channel: 'email', to: `critical${i}@example.com`, title: 'Fire', priority: 'critical' };
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const headers = { Host: 'localhost', 'Content-Type': 'application/json' };
  try {
    const post = request({ port, host: '127.0.0.1', path: '/notifications', method: 'POST', agent: false, headers, signal });
    post.end(JSON.stringify(notification));
    const [response] = (await once(post, 'response')) as [NodeJS.ReadableStream];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    const { deliveries } = JSON.parse(text) as { deliveries: [{ id: string }] };
    return { ms: performance.now() - startedAt, id: deliveries[0].id };
  } catch {
    return { ms: ANSWER_WITHIN_MS };
  }
}

async function deliveryTimes(port: number, ids: readonly string[]): Promise<readonly number[]> {
  const times: number[] = [];
  for (const id of ids) {
    const answer = await fetch(`http://127.0.0.1:${port}/notifications/deliveries/${id}`);
    const { createdAt, deliveredAt } = (await answer.json()) as { createdAt: string; deliveredAt?: string };
    times.push(deliveredAt === undefined ? NaN : Date.parse(deliveredAt) - Date.parse(createdAt));
  }
  return times;
}

function shown(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms`;
}

async function listening(output: NodeJS.ReadableStream): Promise<void> {
  await new Promise<void>((resolve) => {
    output.on('data', (chunk) => {
      if (String(chunk).includes('Listening.')) resolve();
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

if (!isMainThread) void probe(workerData as { port: number; untilMs: number }).then((report) => parentPort?.postMessage(report));
