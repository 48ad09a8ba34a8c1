import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { endChild, startChild } from './child-process.js';
import { freePort } from './free-port.js';
import { ensureProgram } from './provision.js';
import { endAfterTest } from './resources.js';
import { temporaryFolder } from './temporary-folder.js';

const DEBIAN_FOLDER = '/usr/lib/postgresql';
/** PostgreSQL refuses to run as root: these accounts are asked for in turn. */
const ACCOUNTS = ['postgres', 'nobody'];
const LOOK_EVERY_MS = 20;

/** Debian's folder of the newest version. */
function debianFolder(): string | undefined {
  if (!existsSync(DEBIAN_FOLDER)) return undefined;
  const versions = readdirSync(DEBIAN_FOLDER).toSorted((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(DEBIAN_FOLDER, version, 'bin')).find((folder) => existsSync(join(folder, 'initdb')));
}

/** The folder of `initdb` and `postgres`. */
const PROGRAMS = dirname(ensureProgram('initdb', { package: 'postgresql', folder: debianFolder }));

/** A PostgreSQL server, in a temporary folder, on a free port of the loopback interface. */
export class PostgresServer {
  private schemas = 0;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly account: Account | undefined,
    private child: ChildProcess,
  ) {}

  /** It ends with the test, or with the file when it is started outside of a test. */
  static async start(): Promise<PostgresServer> {
    const folder = temporaryFolder('postgres-');
    const account = unprivilegedAccount();
    const data = join(folder, 'data');
    await mkdir(data, { mode: 0o700 });
    if (account !== undefined) for (const path of [folder, data]) await chown(path, account.uid, account.gid);
    const init = ['-D', data, '-U', 'digest', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    execFileSync(join(PROGRAMS, 'initdb'), init, { ...account, cwd: folder, stdio: 'pipe' });
    const port = await freePort();
    const server = new PostgresServer(port, folder, account, spawnServer(folder, account, port));
    await server.answers();
    return server;
  }

  /** Of the database `postgres`. */
  get url(): string {
    return `postgres://digest@127.0.0.1:${this.port}/postgres`;
  }

  /** The same on the server's Unix socket. */
  get socketUrl(): string {
    return `postgres:///postgres?host=${encodeURIComponent(this.folder)}&port=${this.port}&user=digest`;
  }

  /** The name of a schema that nobody has yet; it is not created. */
  newSchema(): string {
    this.schemas += 1;
    return `digest_${this.schemas}`;
  }

  /** A new and empty database; returns its address. */
  async newDatabase(): Promise<string> {
    this.schemas += 1;
    const name = `database_${this.schemas}`;
    await this.query(`CREATE DATABASE ${name}`);
    return `postgres://digest@127.0.0.1:${this.port}/${name}`;
  }

  /** Runs statements on their own connection, as an operator would. */
  async query(text: string, values: readonly unknown[] = []): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const client = new Client({ connectionString: this.url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text, [...values])).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }

  /** Ends as in a crash (`pg_ctl stop -m immediate`): nothing is finished, and the next start recovers. */
  crash(): Promise<void> {
    return this.end('SIGQUIT');
  }

  /** Ends now: transactions are rolled back. */
  stop(): Promise<void> {
    return this.end('SIGINT');
  }

  /** After `crash` or `stop`, on the same port. */
  async restart(): Promise<void> {
    this.child = spawnServer(this.folder, this.account, this.port);
    await this.answers();
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    await endServer(this.child, signal);
  }

  private async answers(): Promise<void> {
    let complaint = '';
    this.child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    for (;;) {
      if (hasEnded(this.child)) throw new Error(`PostgreSQL ended at once: ${complaint}`);
      const answered = await this.query('SELECT 1').then(
        () => true,
        () => false,
      );
      if (answered) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The account that the server runs as: this one, unless it is root. */
export function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ACCOUNTS) {
    try {
      const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, name], { stdio: 'pipe' })));
      if (uid !== undefined && gid !== undefined) return { uid, gid };
    } catch {
      // There is no such account.
    }
  }
  throw new Error(`PostgreSQL does not run as root, and there is no account ${ACCOUNTS.join(' or ')} to run it as`);
}

function spawnServer(folder: string, account: Account | undefined, port: number): ChildProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    // What a killed process wrote is with the operating system; only a power cut would lose it.
    fsync: 'off',
    full_page_writes: 'off',
    max_connections: 100,
    shared_buffers: '32MB',
    deadlock_timeout: '200ms',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = startChild(join(PROGRAMS, 'postgres'), ['-D', join(folder, 'data'), ...options], {
    ...account,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // Killing it would leave its shared memory behind.
  endAfterTest('PostgreSQL', () => endServer(child, 'SIGINT'));
  return child;
}

async function endServer(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
  await endChild(child);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
