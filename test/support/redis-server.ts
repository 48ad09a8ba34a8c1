import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { endChild, startChild } from './child-process.js';
import { freePort } from './free-port.js';
import { ensureProgram } from './provision.js';
import { endAfterTest } from './resources.js';
import { temporaryFolder } from './temporary-folder.js';

const PROGRAM = ensureProgram('redis-server', { package: 'redis-server' });
const LOOK_EVERY_MS = 20;

export interface RedisSettings {
  /** When the append-only file is written to the disk. Defaults to `no`: what a killed process wrote is with the operating system. */
  readonly appendfsync?: 'always' | 'everysec' | 'no';
  readonly appendonly?: 'yes' | 'no';
  readonly maxmemory?: string;
  readonly 'maxmemory-policy'?: string;
}

/** A Redis of its own, in a temporary folder, on a free port of the loopback interface, with an append-only file. */
export class RedisServer {
  private prefixes = 0;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly settings: RedisSettings,
    private child: ChildProcess,
  ) {}

  /** It ends with the test, or with the file when it is started outside of a test. */
  static async start(settings: RedisSettings = {}): Promise<RedisServer> {
    const folder = temporaryFolder('redis-');
    const port = await freePort();
    const server = new RedisServer(port, folder, settings, spawnServer(folder, port, settings));
    await server.answers();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  /** A prefix of keys that nobody has yet. */
  newPrefix(): string {
    this.prefixes += 1;
    return `digest-${this.prefixes}`;
  }

  /** A connection of the test, or of a host; it ends with the test. */
  client(): Redis {
    const client = new Redis(this.url);
    client.on('error', () => undefined);
    endAfterTest('a connection to Redis', () => client.disconnect());
    return client;
  }

  /** Keys with a prefix, in any order. */
  async keys(prefix: string): Promise<readonly string[]> {
    return (await this.asked((client) => client.keys(`{${prefix}}:*`))).map((key) => key.slice(prefix.length + 3));
  }

  /** Ends as in a crash. */
  async crash(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  /** After `crash`, on the same port. */
  async restart(): Promise<void> {
    this.child = spawnServer(this.folder, this.port, this.settings);
    await this.answers();
  }

  /** Stops it for a while, as a machine that hangs. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  async asked<T>(ask: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(this.url, { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await ask(client);
    } finally {
      client.disconnect();
    }
  }

  private async answers(): Promise<void> {
    for (;;) {
      if (this.child.exitCode !== null) throw new Error(`redis-server ended at once with ${this.child.exitCode}`);
      const answer = await this.asked((client) => client.ping()).catch(() => undefined);
      if (answer === 'PONG') return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

function spawnServer(folder: string, port: number, settings: RedisSettings): ChildProcess {
  const all = {
    bind: '127.0.0.1',
    port: String(port),
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: 'no',
    // A rewrite of the file would take processor time from the tests.
    'auto-aof-rewrite-percentage': '0',
    ...settings,
  };
  const options = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const child = startChild(PROGRAM, options, { cwd: folder, stdio: 'ignore' });
  endAfterTest('Redis', () => endChild(child));
  return child;
}
