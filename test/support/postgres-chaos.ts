import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chmodSync } from 'node:fs';
import { startChild } from './child-process.js';
import { readRecord } from './chaos-record.js';
import { ChaosTables } from './chaos-tables.js';
import { type Evidence, type Fault } from './chaos-verdict.js';
import { PostgresServer } from './postgres-server.js';
import { TcpProxy } from './tcp-proxy.js';
import { temporaryFolder } from './temporary-folder.js';

export interface ChaosOptions {
  /** How long there is traffic and faults come, ms. */
  readonly lengthMs: number;
  /** The same faults, and about the same traffic, each time. */
  readonly seed: number;
  /** Time between two crashes of the server, ms; the first comes after half of it. */
  readonly crashEveryMs: number;
  /** How long an instance is paused (SIGSTOP), ms: past 20 s its work is given to others meanwhile. */
  readonly pauseMs: number;
}

interface Running {
  readonly name: string;
  readonly place: number;
  readonly child: ChildProcess;
}

const SCHEMA = 'chaos';
/** By how much the clocks of the machines are wrong, ms. */
const SKEWS_MS = [-5_000, 0, 5_000];
const FAULT_EVERY_MS = 400;
const LOOK_EVERY_MS = 1_000;

/** Three instances on one server, in their own processes, while everything around them fails. */
export class PostgresChaos {
  private readonly faults: Fault[] = [];
  private readonly running: (Running | undefined)[] = SKEWS_MS.map(() => undefined);
  private readonly logs = new Map<string, string>();
  private readonly differences: string[] = [];
  private readonly stops: string[] = [];
  private readonly tables: ChaosTables;
  private started = 0;
  private state: number;
  private isOver = false;
  private readonly background: Promise<void>[] = [];

  private constructor(
    private readonly options: ChaosOptions,
    private readonly server: PostgresServer,
    private readonly proxies: readonly TcpProxy[],
    private readonly folder: string,
  ) {
    this.state = options.seed;
    this.tables = new ChaosTables(server, SCHEMA);
  }

  static async start(options: ChaosOptions): Promise<PostgresChaos> {
    const server = await PostgresServer.start();
    const proxies = await Promise.all(SKEWS_MS.map(() => TcpProxy.start(server.port)));
    const folder = temporaryFolder('chaos-');
    chmodSync(folder, 0o700);
    const chaos = new PostgresChaos(options, server, proxies, folder);
    const started = SKEWS_MS.map((_, place) => chaos.spawn(place));
    await Promise.all(started.map((ready) => ready));
    return chaos;
  }

  /** Traffic and faults; then what is left is sent. */
  async run(): Promise<Evidence> {
    const { lengthMs, crashEveryMs } = this.options;
    const endsAt = Date.now() + lengthMs;
    let crashAt = Date.now() + Math.min(crashEveryMs, lengthMs) / 2;
    let lookAt = 0;
    while (Date.now() < endsAt) {
      await sleep(FAULT_EVERY_MS);
      if (Date.now() >= crashAt) {
        crashAt += crashEveryMs;
        await this.crash();
      } else {
        this.disturb();
      }
      if (Date.now() >= lookAt) {
        lookAt = Date.now() + LOOK_EVERY_MS;
        this.differences.push(...(await this.tables.differences()));
      }
    }
    this.isOver = true;
    for (const one of this.running) one?.child.send('drain');
    await Promise.all(this.background);
    while (!(await this.tables.isDrained())) await sleep(LOOK_EVERY_MS / 4);
    this.differences.push(...(await this.tables.differences()));
    const last = this.running.splice(0);
    await Promise.all(last.flatMap((one) => (one === undefined ? [] : [this.stop(one)])));
    const record = readRecord(this.logs);
    const { faults, differences, stops } = this;
    return {
      record,
      stored: await this.tables.deliveries(),
      faults,
      differences,
      leftovers: await this.tables.leftovers(),
      stops,
    };
  }

  /** One fault, drawn by the seed. */
  private disturb(): void {
    const drawn = this.chance();
    const place = Math.floor(this.chance() * SKEWS_MS.length);
    const one = this.running[place];
    const proxy = this.proxies[place];
    if (one === undefined || proxy === undefined) return;
    if (drawn < 0.15) this.respawn(one, 'kill');
    else if (drawn < 0.2) this.respawn(one, 'term');
    else if (drawn < 0.26) this.pause(one);
    else if (drawn < 0.5) this.cut(one, proxy, 'cut');
    else if (drawn < 0.8) this.cut(one, proxy, 'cut before the answer');
    else this.terminate();
  }

  private cut(one: Running, proxy: TcpProxy, kind: 'cut' | 'cut before the answer'): void {
    this.note(kind, one.name);
    if (kind === 'cut') proxy.cutAll();
    else proxy.cutBeforeAnswer();
  }

  private respawn(one: Running, kind: 'kill' | 'term'): void {
    this.note(kind, one.name);
    this.running[one.place] = undefined;
    const gone = kind === 'term' ? this.stop(one) : once(one.child, 'exit').then(() => undefined);
    if (kind === 'kill') one.child.kill('SIGKILL');
    this.background.push(gone.then(() => this.spawn(one.place)));
  }

  private pause(one: Running): void {
    const from = Date.now();
    const until = from + this.options.pauseMs;
    this.faults.push({ kind: 'pause', instance: one.name, from, until });
    this.running[one.place] = undefined;
    one.child.kill('SIGSTOP');
    const resumed = sleep(this.options.pauseMs).then(() => {
      one.child.kill('SIGCONT');
      this.running[one.place] = one;
      if (this.isOver) one.child.send('drain');
    });
    this.background.push(resumed);
  }

  private terminate(): void {
    this.note('terminate');
    const text = `SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
      AND application_name <> 'chaos' ORDER BY md5(pid::text || $1) LIMIT 1) AS a`;
    this.background.push(
      this.server.query(text, [String(this.chance())]).then(
        () => undefined,
        () => undefined,
      ),
    );
  }

  private async crash(): Promise<void> {
    const from = Date.now();
    await this.server.crash();
    await this.server.restart();
    this.faults.push({ kind: 'crash', from, until: Date.now() });
  }

  /** Resolves when it is ready; one that ends before is started again. */
  private async spawn(place: number): Promise<void> {
    const name = `i${(this.started += 1)}`;
    const log = join(this.folder, `${name}.log`);
    this.logs.set(name, log);
    const url = `postgres://digest@127.0.0.1:${this.proxies[place]?.port}/postgres?schema=${SCHEMA}`;
    const seed = String(this.options.seed + this.started);
    const args = ['--no-warnings', 'test/chaos/instance.ts', name, url, log, String(SKEWS_MS[place]), seed];
    const child = startChild(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const [told] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as readonly unknown[];
    if (told !== 'ready') return this.spawn(place);
    const one = { name, place, child };
    this.running[place] = one;
    child.once('exit', (code, signal) => this.endedByItself(one, code ?? signal));
    if (this.isOver) child.send('drain');
  }

  /** Nothing that fails around an instance may end it. */
  private endedByItself(one: Running, how: unknown): void {
    if (this.running[one.place] !== one) return;
    this.running[one.place] = undefined;
    this.stops.push(`${one.name} ended by itself with ${String(how)}`);
    this.background.push(this.spawn(one.place));
  }

  /** As a deploy does. */
  private async stop({ name, child }: Running): Promise<void> {
    const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
    child.kill('SIGTERM');
    const [code, signal] = await exited;
    if (code !== 0) this.stops.push(`${name} ended with ${code ?? signal}`);
  }

  private note(kind: Fault['kind'], instance?: string): void {
    const at = Date.now();
    this.faults.push({ kind, ...(instance === undefined ? {} : { instance }), from: at, until: at });
  }

  private chance(): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.state / 2 ** 32;
  }
}
