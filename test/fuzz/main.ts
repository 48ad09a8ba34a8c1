import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from './random.ts';
import { type FuzzRequest, requestFor, type Route } from './requests.ts';

/**
 * `npm run fuzz -- --requests 20000 --seed 7`: sends mutated requests over every route that the application describes, and ends with 1
 * when one was answered with 5xx, not in time, or with an error that is no problem document; or when the counts do not add up afterwards.
 */
const TOKEN = 'fuzz-token-0123456789';
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };
const CONCURRENCY = 16;
/** A busy machine included. */
const ANSWER_WITHIN_MS = 60_000;
/** An event stream has no end: its head is its answer. */
const STREAM_TYPE = 'text/event-stream';
/** Routes whose answer says that something is unhealthy. */
const MAY_BE_UNAVAILABLE = /\/health(\/ready)?$/;
const KEPT_IDS = 500;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

class Fuzz {
  readonly statuses = new Map<number, number>();
  readonly failures: string[] = [];
  private readonly ids: string[] = [];
  private readonly agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  /** Deliveries that single posts were told of as new, and notifications that bulk was. */
  private accepted = 0;
  private readonly port: number;
  private readonly seed: number;

  constructor(port: number, seed: number) {
    this.port = port;
    this.seed = seed;
  }

  async run(count: number): Promise<void> {
    const routes = await this.routes();
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let i = next++; i < count; i = next++) {
        const random = new Random(this.seed * 1_000_003 + i);
        await this.send(i, requestFor(routes[i % routes.length] ?? { method: 'GET', path: '/' }, TOKEN, this.ids, random));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    await this.checkAfterwards();
    this.agent.destroy();
  }

  /** Every route of the description, and the pages and forms that it leaves out. */
  private async routes(): Promise<readonly Route[]> {
    const { paths } = JSON.parse((await this.ask({ method: 'GET', path: '/notifications/docs/json' })).text) as {
      readonly paths: Readonly<Record<string, object>>;
    };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
    );
    if (described.length < 20) throw new Error(`the description has only ${described.length} routes`);
    const intake = { method: 'POST', path: '/notifications' };
    const pages = ['/dashboard', '/dashboard/{file}', '/mailbox', '/docs', '/nothing', '/stream'].map((path) => ({
      method: 'GET',
      path: `/notifications${path}`,
    }));
    return [...described, ...pages, intake, intake, intake, { method: 'PATCH', path: '/notifications' }];
  }

  private async send(index: number, request: FuzzRequest): Promise<void> {
    let answer: Answer;
    try {
      answer = await this.ask(request);
    } catch (error) {
      this.fail(index, request, error instanceof Error ? error.message : String(error));
      return;
    }
    this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1);
    const [path = ''] = request.path.split('?');
    const unwell = answer.status >= 500 && !(answer.status === 503 && MAY_BE_UNAVAILABLE.test(path));
    if (unwell) this.fail(index, request, `${answer.status} ${answer.text.slice(0, 300)}`);
    else if (answer.status >= 400 && answer.status < 500 && request.method !== 'HEAD') this.checkProblem(index, request, answer);
    else this.learn(request, answer);
  }

  private checkProblem(index: number, request: FuzzRequest, { status, type, text }: Answer): void {
    // What a browser shows: the request for a password, and the page of a link that is none.
    if (type.startsWith('text/html') && (status === 401 || /\/unsubscribe(\?|$)/.test(request.path))) return;
    const told = type.startsWith('application/problem+json') ? (JSON.parse(text) as { code?: unknown; status?: unknown }) : {};
    if (typeof told.code !== 'string' || told.status !== status)
      this.fail(index, request, `${status} is no problem: ${type} ${text.slice(0, 200)}`);
  }

  private learn(request: FuzzRequest, { status, text }: Answer): void {
    for (const [id] of text.matchAll(/\b[dm]-[0-9a-z]+-[0-9a-z]+\b/g)) {
      if (this.ids.length < KEPT_IDS) this.ids.push(id);
      else this.ids[Number.parseInt(id.slice(-2), 36) % KEPT_IDS] = id;
    }
    const [path] = request.path.split('?');
    if (request.method !== 'POST' || status >= 300) return;
    if (path === '/notifications') {
      const { deliveries } = JSON.parse(text) as { readonly deliveries: readonly { readonly duplicate: boolean }[] };
      this.accepted += deliveries.filter(({ duplicate }) => !duplicate).length;
    } else if (path === '/notifications/bulk') this.accepted += (JSON.parse(text) as { accepted: number }).accepted;
  }

  /** G7: what was accepted is the sum over all states. It still accepts and delivers. */
  private async checkAfterwards(): Promise<void> {
    for (const channel of ['email', 'sse', 'webhook']) {
      await this.ask({ method: 'POST', path: `/notifications/channels/${channel}/resume` });
    }
    const { counts } = JSON.parse((await this.ask({ method: 'GET', path: '/notifications/stats' })).text) as {
      readonly counts: { readonly accepted: number; readonly byState: Readonly<Record<string, number>> };
    };
    const sum = Object.values(counts.byState).reduce((total, count) => total + count, 0);
    if (sum !== counts.accepted) this.failures.push(`accepted ${counts.accepted} is not the sum over all states, ${sum}`);
    if (counts.accepted < this.accepted)
      this.failures.push(`${this.accepted} were told to be accepted, and ${counts.accepted} are known`);
    const live = await this.ask({ method: 'GET', path: '/notifications/health/live' });
    if (live.status !== 200) this.failures.push(`health/live is ${live.status} afterwards`);
    const notification = { type: 'alert', channel: 'email', to: 'last@example.com', title: 'The last', priority: 'critical' };
    const body = Buffer.from(JSON.stringify(notification));
    const last = await this.ask({
      method: 'POST',
      path: '/notifications',
      headers: { ...AUTHORIZED, 'content-type': 'application/json' },
      body,
    });
    if (last.status !== 202) this.failures.push(`a right notification is answered with ${last.status} afterwards: ${last.text}`);
    console.log(`accepted ${counts.accepted}: ${JSON.stringify(counts.byState)}`);
  }

  private fail(index: number, { method, path, headers, body }: FuzzRequest, why: string): void {
    const shown =
      body === undefined ? '' : ` body ${JSON.stringify(body.subarray(0, 400).toString('latin1'))} (${body.length} bytes)`;
    this.failures.push(`request ${index}: ${method} ${path.slice(0, 400)} ${JSON.stringify(headers)}${shown}\n    ${why}`);
  }

  private async ask(given: Partial<FuzzRequest> & Pick<FuzzRequest, 'method' | 'path'>): Promise<Answer> {
    const { method, path, headers = AUTHORIZED, body } = given;
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const asked = httpRequest({
      port: this.port,
      host: '127.0.0.1',
      method,
      path,
      headers: { host: 'localhost', ...headers, ...length },
      agent: this.agent,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    asked.end(body);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const type = response.headers['content-type'] ?? '';
    if (type.startsWith(STREAM_TYPE)) {
      response.destroy();
      return { status: response.statusCode ?? 0, type, text: '' };
    }
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { status: response.statusCode ?? 0, type, text: Buffer.concat(chunks).toString('utf8') };
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startApplication(port: number, folder: string): Promise<{ readonly child: ChildProcess; readonly log: string[] }> {
  const env = {
    PATH: process.env['PATH'],
    PORT: String(port),
    API_TOKEN: TOKEN,
    STORE_PATH: join(folder, 'store.db'),
    SLACK_BOT_TOKEN: 'xoxb-fuzz',
    SLACK_API_URL: 'http://127.0.0.1:9/api/',
    NO_COLOR: '1',
  };
  const child = spawn(process.execPath, ['--no-warnings', 'dist/main.js'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  process.once('exit', () => child.kill('SIGKILL'));
  const log: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the application ended with ${code}:\n${log.join('')}`)));
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (text: string) => {
        log.push(text);
        if (text.includes('Listening.')) resolve();
      });
    }
  });
  return { child, log };
}

const { values } = parseArgs({ options: { requests: { type: 'string', default: '20000' }, seed: { type: 'string' } } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
console.log(`seed ${seed}, ${values.requests} requests (again: npm run fuzz -- --requests ${values.requests} --seed ${seed})`);
const folder = await mkdtemp(join(tmpdir(), 'fuzz-'));
const port = await freePort();
const { child, log } = await startApplication(port, folder);
const fuzz = new Fuzz(port, seed);
try {
  await fuzz.run(Number(values.requests));
} finally {
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) fuzz.failures.push(`the application ended with ${code ?? 'a signal'}:\n${log.slice(-20).join('')}`);
  await rm(folder, { recursive: true });
}
console.log(
  [...fuzz.statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status}: ${count}`)
    .join('   '),
);
if (fuzz.failures.length > 0) {
  console.log(`${fuzz.failures.length} failures\n${fuzz.failures.slice(0, 30).join('\n')}`);
  const errors = log
    .join('')
    .split('\n')
    .filter((line) => line.includes('unexpected error'))
    .slice(0, 10);
  if (errors.length > 0) console.log(errors.join('\n'));
  process.exitCode = 1;
}
