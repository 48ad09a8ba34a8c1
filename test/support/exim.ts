import { type ChildProcess } from 'node:child_process';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endChild, startChild } from './child-process.js';
import { ensureEximUser, EXIM_PACKAGE, eximConfiguration } from './exim-configuration.js';
import { freePort } from './free-port.js';
import { listening } from './listening.js';
import { mailsIn } from './maildir.js';
import { ensureUnpacked } from './provision.js';
import { temporaryFolder } from './temporary-folder.js';

const PROGRAM = ensureUnpacked('usr/sbin/exim4', EXIM_PACKAGE);

/** A running Exim that takes all mail into a maildir, and refuses whatever is for `nobody`. */
export class EximServer {
  private constructor(
    readonly port: number,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(): Promise<EximServer> {
    const { uid, gid } = ensureEximUser();
    const port = await freePort();
    const folder = temporaryFolder('exim-');
    await chmod(folder, 0o755);
    for (const name of ['spool', 'log', 'mail', join('mail', 'new')]) {
      await mkdir(join(folder, name));
      await chown(join(folder, name), uid, gid);
    }
    const config = join(folder, 'exim.conf');
    await writeFile(config, eximConfiguration(PROGRAM, folder, port));
    const child = startChild(PROGRAM, ['-C', config, '-bdf'], { stdio: ['ignore', 'ignore', 'pipe'] });
    await listening(port, child);
    return new EximServer(port, child, folder);
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** The mails in the maildir, once there are so many. */
  mails(count: number, isWanted?: (mail: string) => boolean): Promise<readonly string[]> {
    return mailsIn(join(this.folder, 'mail', 'new'), count, isWanted);
  }

  /** Ends it now; otherwise it ends with the test. */
  stop(): Promise<void> {
    return endChild(this.process);
  }
}
