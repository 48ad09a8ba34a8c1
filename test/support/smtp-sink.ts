import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { ensureProgram } from './provision.js';

/** A mail as Postfix's `smtp-sink` took it. */
export interface SunkMail {
  /** Envelope addresses, without brackets. */
  readonly from: string;
  readonly to: readonly string[];
  /** The message from its first own header on, lines ended by LF. */
  readonly raw: string;
}

export interface SmtpSinkOptions {
  /** Free when absent. A given one lets a sink come back where one stopped. */
  readonly port?: number;
  /** Further arguments of smtp-sink(1): `-f cmds` refuses for good (5xx), `-r cmds` for now (4xx), `-q cmds` closes, `-s cmds` logs, `-w s` waits. */
  readonly args?: readonly string[];
  /** Keeps what came, for `mails()`. Defaults to true; false for load. */
  readonly dump?: boolean;
}

/** A running `smtp-sink`: a real SMTP server that takes all mail. */
export class SmtpSink {
  private constructor(
    readonly port: number,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
    const program = ensureProgram('smtp-sink', { package: 'postfix' });
    const port = options.port ?? (await freePort());
    const folder = await mkdtemp(join(tmpdir(), 'smtp-sink-'));
    await chmod(folder, 0o777);
    const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const dump = options.dump === false ? [] : ['-d', join(folder, 'mail.')];
    const args = [...user, ...dump, ...(options.args ?? []), `127.0.0.1:${port}`, '1000'];
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    await listening(port, child);
    return new SmtpSink(port, child, folder);
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** How many mails came. */
  async count(): Promise<number> {
    return (await readdir(this.folder)).length;
  }

  /** The mails that came, in no order: smtp-sink names them at random. */
  async mails(): Promise<readonly SunkMail[]> {
    const names = await readdir(this.folder);
    const dumps: string[] = [];
    // One after the other: there may be more of them than a process may open files.
    for (const name of names) dumps.push(await readFile(join(this.folder, name), 'utf8'));
    return dumps.map(parseDump);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGKILL');
      await once(this.process, 'exit');
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** smtp-sink puts the envelope and a Received header before the message, and an empty line behind it. */
function parseDump(dump: string): SunkMail {
  const lines = dump.split('\n');
  const envelope = (name: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${name}: `)).map((line) => /<(.*?)>/.exec(line)?.[1] ?? '');
  const received = lines.findIndex((line) => line.startsWith('Received: '));
  const start = lines.findIndex((line, i) => i > received && !/^[ \t]/.test(line));
  return {
    from: envelope('X-Mail-Args')[0] ?? '',
    to: envelope('X-Rcpt-Args'),
    raw: lines.slice(start).join('\n').replace(/\n\n$/, '\n'),
  };
}

export async function listening(port: number, child: ChildProcess): Promise<void> {
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended at once: ${complaint}`);
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.end('QUIT\r\n');
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
