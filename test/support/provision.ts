import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';

const FURTHER_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];
const LOCK = join(tmpdir(), 'nestjs-digest-provision.lock');
/** An installation waits this long for another one of this machine, of the suite or not. */
const LOCK_WAIT_SECONDS = 900;
const INSTALL_TIMEOUT_MS = 1_800_000;
/** What `apt-get` said last is shown when it fails. */
const SHOWN_LINES = 12;

/** Where a program comes from. */
export interface ProgramSource {
  /** Of Debian. */
  readonly package: string;
  /** A folder of the package's own that is on no path; undefined while it does not exist. */
  readonly folder?: () => string | undefined;
}

/**
 * Where a program that a test or a benchmark needs is: on the path, in a system folder, or installed from its Debian package now (as root).
 * Call it while a file is loaded, not within a test: an installation takes longer than a test may.
 *
 * @throws Error that says how to install it
 */
export function ensureProgram(program: string, from: ProgramSource): string {
  const find = (): string | undefined => findProgram(program) ?? inFolder(program, from.folder?.());
  const found = find();
  if (found !== undefined) return found;
  runAsRoot(program, from.package, `${installing(from.package)}\nservice ${from.package} stop >/dev/null 2>&1 || true`);
  const installed = find();
  if (installed === undefined)
    throw new Error(`${program} was not found, and the Debian package ${from.package} did not bring it`);
  return installed;
}

/**
 * The same for a program whose package cannot stand beside another one that tests need (two mail servers): its files are unpacked to a folder
 * of their own, and only the libraries that it needs are installed.
 *
 * @param path of the program within the package
 */
export function ensureUnpacked(path: string, from: { readonly package: string; readonly libraries: readonly string[] }): string {
  const name = basename(path);
  const found = findProgram(name);
  if (found !== undefined) return found;
  const folder = join(tmpdir(), `nestjs-digest-${from.package}`);
  const program = join(folder, path);
  if (isExecutable(program)) return program;
  // Another worker may have unpacked it while this one waited for the lock; the folder appears complete or not at all.
  const unpacking = `
    [ -x '${program}' ] && exit 0
    ${installing(from.libraries.join(' '))}
    staging=$(mktemp -d)
    cd "$staging"
    apt-get download -q ${from.package}
    mkdir files
    dpkg -x ./*.deb files
    chmod 755 files
    rm -rf '${folder}'
    mv files '${folder}'
    rm -rf "$staging"`;
  runAsRoot(name, from.package, unpacking);
  if (!isExecutable(program)) throw new Error(`${name} was not found in the Debian package ${from.package}`);
  return program;
}

export function findProgram(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...FURTHER_FOLDERS];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

function inFolder(program: string, folder: string | undefined): string | undefined {
  return folder === undefined ? undefined : [join(folder, program)].find(isExecutable);
}

/** The package lists are only read when the first attempt fails: they are missing or outdated then. The last attempt follows a pause, for a mirror that fails. */
function installing(packages: string): string {
  return `
    install() { apt-get -o DPkg::Lock::Timeout=${LOCK_WAIT_SECONDS} install -y -q --no-install-recommends ${packages}; }
    install || { apt-get update -q; install; } || { sleep 10; apt-get update -q; install; }`;
}

/** Runs a shell script while no other worker does. `RUNLEVEL=1` keeps the packages' own scripts from starting a daemon. */
function runAsRoot(program: string, packageName: string, script: string): void {
  const how = `install it with: sudo apt-get install -y --no-install-recommends ${packageName} (on another system: whatever brings ${program})`;
  const flock = findProgram('flock');
  if (process.getuid?.() !== 0 || findProgram('apt-get') === undefined || flock === undefined)
    throw new Error(`${program} is needed and was not found; ${how}`);
  try {
    execFileSync(flock, ['-w', String(LOCK_WAIT_SECONDS), LOCK, 'sh', '-ec', script], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
      stdio: 'pipe',
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      timeout: INSTALL_TIMEOUT_MS,
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-SHOWN_LINES).join('\n');
    throw new Error(`${program} is needed and could not be installed; ${how}\n${said}`, { cause: error });
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
