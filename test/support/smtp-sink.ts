import { type ChildProcess } from 'node:child_process';
import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endChild, startChild } from './child-process.js';
import { freePort } from './free-port.js';
import { listening } from './listening.js';
import { ensureProgram } from './provision.js';
import { temporaryFolder } from './temporary-folder.js';

const PROGRAM = ensureProgram('smtp-sink', { package: 'postfix' });

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
    const port = options.port ?? (await freePort());
    const folder = temporaryFolder('smtp-sink-');
    await chmod(folder, 0o777);
    const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const dump = options.dump === false ? [] : ['-d', join(folder, 'mail.')];
    const args = [...user, ...dump, ...(options.args ?? []), `127.0.0.1:${port}`, '1000'];
    const child = startChild(PROGRAM, args, { stdio: ['ignore', 'ignore', 'pipe'] });
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

  /** Ends it now; otherwise it ends with the test. */
  stop(): Promise<void> {
    return endChild(this.process);
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
