import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Creates a directory and its parents. Each new name is on disk when this returns: by POSIX only a sync of its parent makes it so. */
export function makeDirectory(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !isDirectory(at) && at !== dirname(at); at = dirname(at)) missing.push(at);
  // One by one: with `recursive` Node tries for ever where a file system has no directory that can be made, as below /proc.
  for (const directory of missing.reverse()) {
    makeOne(directory);
    syncDirectory(dirname(directory));
  }
}

/** Another process may make it just now. */
function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!isDirectory(path)) throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Brings the names in a directory to the disk. Windows has no such call, and needs none. */
export function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
