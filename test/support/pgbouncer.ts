import { chmod, chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { startChild } from './child-process.js';
import { freePort } from './free-port.js';
import { type PostgresServer, unprivilegedAccount } from './postgres-server.js';
import { ensureProgram } from './provision.js';
import { temporaryFolder } from './temporary-folder.js';

const PROGRAM = ensureProgram('pgbouncer', { package: 'pgbouncer' });
const LOOK_EVERY_MS = 20;

/** A PgBouncer in transaction mode before a server; it ends with the test. Returns the address to connect to. */
export async function pgBouncer(server: PostgresServer): Promise<string> {
  const folder = temporaryFolder('pgbouncer-');
  const port = await freePort();
  const settings = [
    '[databases]',
    `postgres = host=127.0.0.1 port=${server.port} dbname=postgres user=digest`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'default_pool_size = 4',
    'ignore_startup_parameters = extra_float_digits',
  ];
  const file = join(folder, 'pgbouncer.ini');
  await writeFile(file, `${settings.join('\n')}\n`);
  await chmod(folder, 0o755);
  const account = unprivilegedAccount();
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  const child = startChild(PROGRAM, ['-q', file], { ...account, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const url = `postgres://digest@127.0.0.1:${port}/postgres`;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended at once: ${complaint}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return url;
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
