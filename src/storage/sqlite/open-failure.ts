import { realpathSync, statSync } from 'node:fs';
import { NotificationError, StoreLockedError, StoreUnusableError } from '../../model/errors.js';

/** What went wrong, and what the operator can do, by SQLite's primary result code (https://sqlite.org/rescode.html). */
const BY_SQLITE: ReadonlyMap<number, readonly [what: string, todo: string]> = new Map([
  [3, ['may not be opened', 'Give this process the right to read and write it']],
  [8, ['cannot be written: the file or its file system is read-only', 'Make both writable for this process']],
  [10, ['cannot be read or written: the disk reported an error', 'Look at the disk and at the log of the system']],
  [11, ['is damaged', 'Restore a backup, or recover what is left with "sqlite3 FILE .recover"']],
  [13, ['cannot be written: the disk is full', 'Make room on it']],
  [14, ['cannot be opened', 'Give this process the right to read and write the file and its directory']],
  [26, ['is not a SQLite database', 'It is left as it is; name another file']],
]);
const SQLITE_BUSY = 5;

const BY_SYSTEM: ReadonlyMap<string, readonly [what: string, todo: string]> = new Map([
  ['EACCES', ['may not be created: there is no right to write its directory', 'Give this process that right']],
  ['EPERM', ['may not be created: there is no right to write its directory', 'Give this process that right']],
  ['EROFS', ['cannot be created: the file system is read-only', 'Name a file on a file system that can be written']],
  [
    'ENOENT',
    ['cannot be created: its file system takes no new directory there', 'Name a file on a file system that can be written'],
  ],
  ['ENOTDIR', ['cannot be created: a part of its path is a file', 'Name another file']],
  ['EEXIST', ['cannot be created: a part of its path is a file', 'Name another file']],
  ['ENOSPC', ['cannot be created: the disk is full', 'Make room on it']],
]);

/** Files that this process has open, by their real paths. */
const openHere = new Set<string>();

/** Remembers a file as open in this process. Returns how to forget it. */
export function heldHere(path: string): () => void {
  const real = realPath(path);
  openHere.add(real);
  return () => openHere.delete(real);
}

/** The error for an operator: which store, what happened, and what to do. */
export function openFailure(path: string, error: unknown): unknown {
  if (error instanceof NotificationError || typeof error !== 'object' || error === null) return error;
  const code = 'errcode' in error ? Number(error.errcode) % 256 : undefined;
  if (code === SQLITE_BUSY) return new StoreLockedError(path, openHere.has(realPath(path)), { cause: error });
  if (isDirectory(path)) return new StoreUnusableError(path, 'is a directory', 'Name a file', { cause: error });
  const known = code === undefined ? BY_SYSTEM.get('code' in error ? String(error.code) : '') : BY_SQLITE.get(code);
  const said = 'message' in error ? String(error.message) : String(code);
  const [what, todo] = known ?? ['cannot be opened', 'Look at the file and its disk'];
  return new StoreUnusableError(path, `${what} (${said})`, todo, { cause: error });
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
