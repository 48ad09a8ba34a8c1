import { type ChildProcess } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endChild, startChild } from './child-process.js';
import { freePort } from './free-port.js';
import { ONE_REQUEST } from './one-request.js';
import { ensureProgram } from './provision.js';
import { temporaryFolder } from './temporary-folder.js';

const PROGRAM = ensureProgram('rspamd', { package: 'rspamd' });

export interface SpamVerdict {
  readonly score: number;
  /** What was found, with what it adds to the score. */
  readonly symbols: Readonly<Record<string, number>>;
}

/** A running rspamd: what a mail server asks whether a mail is spam. */
export class Rspamd {
  private constructor(
    private readonly base: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<Rspamd> {
    const port = await freePort();
    const folder = temporaryFolder('rspamd-');
    const local = join(folder, 'local.d');
    await mkdir(local, { recursive: true });
    const files = {
      'worker-normal.inc': `bind_socket = "127.0.0.1:${port}";`,
      'worker-controller.inc': 'enabled = false;',
      'worker-proxy.inc': 'enabled = false;',
      'logging.inc': 'type = "console"; level = "error";',
      'options.inc': `pidfile = "${folder}/rspamd.pid"; temp_dir = "${folder}"; dns { timeout = 0.1s; retransmits = 1; }`,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(local, name), text);
    await chmod(folder, 0o777);
    const user = process.getuid?.() === 0 ? ['-u', '_rspamd', '-g', '_rspamd'] : [];
    const variables = [`LOCAL_CONFDIR=${folder}`, `DBDIR=${folder}`, `RUNDIR=${folder}`, `LOGDIR=${folder}`];
    const args = ['-f', ...user, ...variables.map((variable) => `--var=${variable}`)];
    const child = startChild(PROGRAM, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const rspamd = new Rspamd(`http://127.0.0.1:${port}`, child);
    await rspamd.answers();
    return rspamd;
  }

  /** @param mail as a server would get it, not dot-stuffed */
  async check(mail: string): Promise<SpamVerdict> {
    const response = await fetch(`${this.base}/checkv2`, {
      method: 'POST',
      headers: ONE_REQUEST,
      body: Buffer.from(mail, 'latin1'),
    });
    const { score, symbols } = (await response.json()) as { score: number; symbols: Record<string, { score: number }> };
    return { score, symbols: Object.fromEntries(Object.entries(symbols).map(([name, symbol]) => [name, symbol.score])) };
  }

  /** Ends it now; otherwise it ends with the test. */
  stop(): Promise<void> {
    return endChild(this.process);
  }

  private async answers(): Promise<void> {
    let complaint = '';
    this.process.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    for (;;) {
      if (this.process.exitCode !== null || this.process.signalCode !== null)
        throw new Error(`rspamd ended at once: ${complaint}`);
      const ok = await fetch(`${this.base}/ping`, { headers: ONE_REQUEST }).then(
        (response) => response.ok,
        () => false,
      );
      if (ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
