import { type ChildProcess, execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endChild, startChild } from './child-process.js';
import { freePort } from './free-port.js';
import { listening } from './listening.js';
import { mailsIn } from './maildir.js';
import { ensureUnpacked } from './provision.js';
import { temporaryFolder } from './temporary-folder.js';

const PROGRAM = ensureUnpacked('usr/sbin/exim4', {
  package: 'exim4-daemon-light',
  libraries: ['libdb5.3', 'libgnutls-dane0', 'libidn12', 'libidn2-0', 'libnsl2', 'libpcre2-8-0'],
});
/** The user that Debian's Exim is built for; it refuses to run where there is none. */
const USER = 'Debian-exim';

/** A running Exim that takes all mail into a maildir, and refuses whatever is for `nobody`. */
export class EximServer {
  private constructor(
    readonly port: number,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(): Promise<EximServer> {
    const { uid, gid } = ensureUser();
    const port = await freePort();
    const folder = temporaryFolder('exim-');
    await chmod(folder, 0o755);
    for (const name of ['spool', 'log', 'mail', join('mail', 'new')]) {
      await mkdir(join(folder, name));
      await chown(join(folder, name), uid, gid);
    }
    const config = join(folder, 'exim.conf');
    await writeFile(config, configuration(PROGRAM, folder, port));
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

function ensureUser(): { readonly uid: number; readonly gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, USER], { encoding: 'utf8', stdio: 'pipe' }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', USER], {
      stdio: 'pipe',
    });
    return { uid: id('-u'), gid: id('-g') };
  }
}

/** https://www.exim.org/exim-html-current/doc/html/spec_html/ch-main_configuration.html */
function configuration(program: string, folder: string, port: number): string {
  return `
exim_path = ${program}
primary_hostname = exim.test
qualify_domain = exim.test
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/spool/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
tls_advertise_hosts =
keep_environment =
smtp_accept_max = 100
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = recipients

begin acl
recipients:
  deny local_parts = nobody
       message = no such user
  accept

begin routers
all:
  driver = accept
  transport = maildir

begin transports
maildir:
  driver = appendfile
  directory = ${folder}/mail
  maildir_format
  envelope_to_add
  user = ${USER}
`;
}
