import { execFileSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';

const FURTHER_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];
const INSTALL_TIMEOUT_MS = 300_000;

/**
 * Where a program that a test needs is: on the path, in a system folder, or installed from its Debian package now (as root).
 *
 * @throws Error that says how to install it
 */
export function ensureProgram(program: string, from: { readonly package: string }): string {
  const found = findProgram(program);
  if (found !== undefined) return found;
  const command = `apt-get install -y --no-install-recommends ${from.package}`;
  if (process.getuid?.() !== 0)
    throw new Error(`${program} is needed for this test and was not found; install it with: sudo ${command}`);
  install(from.package);
  const installed = findProgram(program);
  if (installed === undefined) throw new Error(`${program} was not found, and ${command} did not bring it`);
  return installed;
}

/**
 * The same for a program whose package cannot stand beside another one that tests need (two mail servers): its files are unpacked to a folder
 * of their own, and only the libraries that it wants are installed.
 *
 * @param path of the program within the package
 */
export function ensureUnpacked(path: string, from: { readonly package: string; readonly libraries: readonly string[] }): string {
  const found = findProgram(basename(path));
  if (found !== undefined) return found;
  const folder = join(tmpdir(), `nestjs-digest-${from.package}`);
  const program = join(folder, path);
  if (isExecutable(program)) return program;
  if (process.getuid?.() !== 0)
    throw new Error(
      `${basename(path)} is needed for this test and was not found; install it with: sudo apt-get install -y ${from.package}`,
    );
  mkdirSync(folder, { recursive: true });
  for (const library of from.libraries) install(library);
  execFileSync('apt-get', ['download', '-q', from.package], { cwd: folder, stdio: 'pipe', timeout: INSTALL_TIMEOUT_MS });
  const archive = readdirSync(folder).find((file) => file.endsWith('.deb')) ?? '';
  execFileSync('dpkg', ['-x', join(folder, archive), folder], { stdio: 'pipe' });
  return program;
}

export function findProgram(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...FURTHER_FOLDERS];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

/** `RUNLEVEL=1` keeps the packages' own scripts from starting a daemon; where it does not, the service is stopped. */
function install(name: string): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = { env, stdio: 'pipe', timeout: INSTALL_TIMEOUT_MS } as const;
  execFileSync('apt-get', ['update', '-q'], options);
  execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', name], options);
  try {
    execFileSync('service', [name, 'stop'], options);
  } catch {
    // there is no such service, or it does not run
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
