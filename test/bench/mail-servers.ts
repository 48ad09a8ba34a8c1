import { execFileSync, spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureEximUser, EXIM_PACKAGE, eximConfiguration } from '../support/exim-configuration.ts';
import { postfixConfiguration } from '../support/postfix-configuration.ts';
import { ensureProgram, ensureUnpacked } from '../support/provision.ts';
import { freePort, listening } from './smtp-sink-behind-proxy.ts';

/** A mail server on loopback, in its own processes. */
export interface MailServer {
  readonly port: number;
  stop(): Promise<void>;
}

const programs = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The project's own sink. @param args `--data-only`: it does not announce CHUNKING */
export async function startBdatSink(...args: readonly string[]): Promise<MailServer> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--no-warnings', programs('../support/bdat-sink-program.ts'), String(port), ...args], {
    stdio: 'inherit',
  });
  return running(port, () => child.kill());
}

/** Postfix, which syncs each mail to its queue and then discards it. It needs root. */
export async function startPostfix(): Promise<MailServer> {
  const program = ensureProgram('postfix', { package: 'postfix' });
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'bench-postfix-'));
  await chmod(folder, 0o755);
  for (const name of ['conf', 'queue', 'data', 'mail']) await mkdir(join(folder, name));
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'postfix'], { encoding: 'utf8' }));
  await chown(join(folder, 'data'), idOf('-u'), idOf('-g'));
  const { main, master } = postfixConfiguration(folder, port, 'discard');
  await writeFile(join(folder, 'conf', 'main.cf'), main);
  await writeFile(join(folder, 'conf', 'master.cf'), master);
  const child = spawn(program, ['-c', join(folder, 'conf'), 'start-fg'], { stdio: 'ignore' });
  const started: { session?: number } = {};
  const server = await running(port, async () => {
    if (started.session !== undefined) killGroup(started.session);
    child.kill();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  started.session = Number(await readFile(join(folder, 'queue', 'pid', 'master.pid'), 'utf8'));
  return server;
}

/** Exim, which writes each mail to its queue and leaves it there. It needs root. */
export async function startExim(): Promise<MailServer> {
  const program = ensureUnpacked('usr/sbin/exim4', EXIM_PACKAGE);
  const { uid, gid } = ensureEximUser();
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'bench-exim-'));
  await chmod(folder, 0o755);
  for (const name of ['spool', 'log']) {
    await mkdir(join(folder, name));
    await chown(join(folder, name), uid, gid);
  }
  const config = join(folder, 'exim.conf');
  await writeFile(config, eximConfiguration(program, folder, port, true));
  const child = spawn(program, ['-C', config, '-bdf'], { stdio: 'ignore', detached: true });
  return running(port, async () => {
    if (child.pid !== undefined) killGroup(child.pid);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
}

/** A line of so long a round trip to a server. */
export async function startLine(server: MailServer, roundTripMs: number): Promise<MailServer> {
  const port = await freePort();
  const args = [programs('delay-proxy.ts'), String(port), String(server.port), String(roundTripMs)];
  const child = spawn(process.execPath, ['--no-warnings', ...args], { stdio: 'inherit' });
  return running(port, () => child.kill());
}

async function running(port: number, end: () => unknown): Promise<MailServer> {
  const onExit = (): void => void end();
  process.once('exit', onExit);
  await listening(port);
  const stop = async (): Promise<void> => {
    process.off('exit', onExit);
    await end();
  };
  return { port, stop };
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
