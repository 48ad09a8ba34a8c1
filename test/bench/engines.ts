import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type NotificationModuleOptions, type NotificationStore } from '../../dist/index.js';
import { PostgresStore } from '../../dist/storage/postgres/postgres-store.js';
import { SqliteStore } from '../../dist/storage/sqlite/sqlite-store.js';

const MAX_PENDING = 10_000_000;
const ACCOUNTS = ['postgres', 'nobody'];
const TICKS_PER_SECOND = 100;

/** A kind of store, where a benchmark can have one that is empty. */
export interface Engine {
  readonly name: string;
  start(): Promise<RunningEngine>;
}

export interface RunningEngine {
  /** A new store, not opened yet. */
  newStore(): NotificationStore;
  /** The same for the module. */
  newOptions(): NotificationModuleOptions['store'];
  /** Processor time that its server has used so far, ms; 0 where there is none. */
  serverMs(): number;
  stop(): Promise<void>;
}

/** What the benchmark compares. Another store joins with an entry here. */
export const ENGINES: readonly Engine[] = [
  { name: 'SQLite', start: () => Promise.resolve(startSqlite()) },
  { name: 'PostgreSQL', start: startPostgres },
];

function startSqlite(): RunningEngine {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  let files = 0;
  const path = (): string => join(folder, `${(files += 1)}.db`);
  return {
    newStore: () => new SqliteStore({ path: path(), maxPending: MAX_PENDING }),
    newOptions: () => ({ path: path() }),
    serverMs: () => 0,
    stop: async () => rmSync(folder, { recursive: true }),
  };
}

/** A separate server that waits for the disk, as in production. */
async function startPostgres(): Promise<RunningEngine> {
  const programs = folderOfPrograms();
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const account = accountOfServer();
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  const init = ['-D', data, '-U', 'bench', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
  execFileSync(join(programs, 'initdb'), init, { ...account, cwd: folder, stdio: 'pipe' });
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    shared_buffers: '512MB',
    max_wal_size: '4GB',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(programs, 'postgres'), ['-D', data, ...args], { ...account, cwd: folder, stdio: 'ignore' });
  const end = (): void => void child.kill('SIGQUIT');
  process.once('exit', end);
  const url = `postgres://bench@127.0.0.1:${port}/postgres`;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`PostgreSQL ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  let schemas = 0;
  const schema = (): string => `bench_${(schemas += 1)}`;
  return {
    newStore: () => new PostgresStore({ url, schema: schema(), maxPending: MAX_PENDING }),
    newOptions: () => ({ url, schema: schema() }),
    serverMs: () => processorMs(child),
    stop: async () => {
      process.off('exit', end);
      const exited = once(child, 'exit');
      child.kill('SIGINT');
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

function folderOfPrograms(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const path = (process.env['PATH'] ?? '').split(':');
  const found = [...path, ...versions.map((version) => join(debian, version, 'bin'))].find((folder) =>
    ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))),
  );
  if (found === undefined) throw new Error('initdb and postgres are not in PATH');
  return found;
}

/** PostgreSQL refuses to run as root. */
function accountOfServer(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ACCOUNTS) {
    try {
      const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, name], { stdio: 'pipe' })));
      return { uid, gid };
    } catch {
      // There is no such account.
    }
  }
  return undefined;
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
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

/** Of a process, its children, and those of them that have ended (proc_pid_stat(5), fields 14 to 17). */
function processorMs({ pid = 0 }: ChildProcess): number {
  const ticks = (id: number, withEnded: boolean): number => {
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1]?.split(' ').map(Number) ?? [];
    return fields.slice(11, withEnded ? 15 : 13).reduce((sum, value) => sum + value, 0);
  };
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  const all = children.reduce((sum, id) => sum + (existsSync(`/proc/${id}`) ? ticks(id, false) : 0), ticks(pid, true));
  return (all * 1_000) / TICKS_PER_SECOND;
}
