import { type ChildProcess, execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endChild, endGroupAfterTest, startChild } from './child-process.js';
import { freePort } from './free-port.js';
import { listening } from './listening.js';
import { mailsIn } from './maildir.js';
import { type PostfixDelivery, postfixConfiguration } from './postfix-configuration.js';
import { ensureProgram } from './provision.js';
import { temporaryFolder } from './temporary-folder.js';

const PROGRAM = ensureProgram('postfix', { package: 'postfix' });
const NOBODY = 65_534;

/** A running Postfix that takes all mail, and refuses whatever is for `nobody@`. It needs root. */
export class PostfixServer {
  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly process: ChildProcess,
    private readonly endDaemons: () => Promise<void>,
  ) {}

  static async start(delivery: PostfixDelivery = 'maildir'): Promise<PostfixServer> {
    const port = await freePort();
    const folder = temporaryFolder('postfix-');
    await chmod(folder, 0o755);
    for (const name of ['conf', 'queue', 'data', 'mail', 'mail/cur', 'mail/new', 'mail/tmp']) await mkdir(join(folder, name));
    await chown(join(folder, 'data'), idOf('-u'), idOf('-g'));
    for (const name of ['mail', 'mail/cur', 'mail/new', 'mail/tmp']) await chown(join(folder, name), NOBODY, NOBODY);
    const { main, master } = postfixConfiguration(folder, port, delivery);
    await writeFile(join(folder, 'conf', 'main.cf'), main);
    await writeFile(join(folder, 'conf', 'master.cf'), master);
    const child = startChild(PROGRAM, ['-c', join(folder, 'conf'), 'start-fg'], { stdio: ['ignore', 'ignore', 'pipe'] });
    await listening(port, child);
    // All that it starts is in its own session, so that `postfix stop` finds it.
    const session = Number(await readFile(join(folder, 'queue', 'pid', 'master.pid'), 'utf8'));
    return new PostfixServer(port, folder, child, endGroupAfterTest('Postfix', session));
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** The mails in the maildir, once there are so many. */
  mails(count: number, isWanted?: (mail: string) => boolean): Promise<readonly string[]> {
    return mailsIn(join(this.folder, 'mail', 'new'), count, isWanted);
  }

  /** Ends it now; otherwise it ends with the test. */
  async stop(): Promise<void> {
    await this.endDaemons();
    await endChild(this.process);
  }
}

/** Of the user that the package makes for Postfix. */
function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'postfix'], { encoding: 'utf8' }));
}
