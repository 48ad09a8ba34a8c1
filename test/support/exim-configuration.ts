import { execFileSync } from 'node:child_process';

/** Debian's package, and the libraries that its program needs. */
export const EXIM_PACKAGE = {
  package: 'exim4-daemon-light',
  libraries: ['libdb5.3', 'libgnutls-dane0', 'libidn12', 'libidn2-0', 'libnsl2', 'libpcre2-8-0'],
} as const;
/** The user that Debian's Exim is built for; it refuses to run where there is none. */
const USER = 'Debian-exim';

/** Makes the user, as root, where there is none. */
export function ensureEximUser(): { readonly uid: number; readonly gid: number } {
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

/**
 * Takes all mail, and refuses whatever is for `nobody@`.
 *
 * @param queues only: nothing is delivered, for load
 * @see https://www.exim.org/exim-html-current/doc/html/spec_html/ch-main_configuration.html
 */
export function eximConfiguration(program: string, folder: string, port: number, queues = false): string {
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
queue_only = ${queues}
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
