import { closeSync, existsSync, fsyncSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectory } from './directory.js';

/** The first bytes of a write-ahead log, but for the last bit (https://sqlite.org/fileformat2.html#the_write_ahead_log). */
const LOG_MAGIC = 0x377f0682;

/**
 * A file beside the store that is there while a process has it open, from when its log has content. SQLite cannot tell a log that was lost from
 * one that never was; with the marker a log that is missing, empty or overwritten after a crash is noticed. One that was cut or changed further
 * on is not: that looks like a commit that a power failure tore.
 */
export class RunMarker {
  private readonly marker: string;

  constructor(private readonly path: string) {
    this.marker = `${path}-open`;
  }

  /** What is missing of what the last process left, before the store is opened; undefined when all is there, or nobody can say. */
  missing(): string | undefined {
    if (!existsSync(this.marker)) return undefined;
    if ((statSync(this.path, { throwIfNoEntry: false })?.size ?? 0) === 0) return `the file ${this.path}`;
    return hasLog(`${this.path}-wal`) ? undefined : `the write-ahead log ${this.path}-wal`;
  }

  /** The log has content from here on. */
  set(): void {
    writeFileSync(this.marker, '');
    const file = openSync(this.marker, 'r');
    fsyncSync(file);
    closeSync(file);
    syncDirectory(dirname(this.marker));
  }

  /** The store is about to be closed, which drops the log. */
  clear(): void {
    rmSync(this.marker, { force: true });
  }
}

function hasLog(path: string): boolean {
  if (!existsSync(path)) return false;
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(4);
    return readSync(file, head, 0, 4, 0) === 4 && (head.readUInt32BE(0) & ~1) >>> 0 === LOG_MAGIC;
  } finally {
    closeSync(file);
  }
}
