import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type StoreHealth } from '../notification-store.js';

/** What `statfs` says, in blocks of `bsize` bytes. */
interface Space {
  readonly bavail: number;
  readonly blocks: number;
  readonly bsize: number;
}

/** A disk is nearly full below this part of it, or below this many bytes, whichever is less. */
const LOW_SHARE = 0.05;
const LOW_BYTES = 1024 ** 3;
/** What a write has to have room for before the store counts as writable again: a large notification. */
const PROBE_BYTES = 64 * 1024;
/** What SQLite reports about one statement and not about the disk: TOOBIG, CONSTRAINT, MISMATCH, MISUSE, RANGE (https://sqlite.org/rescode.html). */
const OF_THE_STATEMENT: ReadonlySet<number> = new Set([1, 18, 19, 20, 21, 25]);

/**
 * Whether the disk takes what is written, by the writes that are made anyway. After one that failed, small ones may still find room where others
 * do not: it counts as failed until a probe of some size has been written.
 */
export class DiskHealth {
  private failure: string | undefined;

  /** @param spaceOf asks the file system that a directory is on */
  constructor(private readonly spaceOf: (directory: string) => Promise<Space> = statfs) {}

  /** A write failed. */
  failed(error: unknown): void {
    if (typeof error !== 'object' || error === null || !('errcode' in error)) return;
    if (OF_THE_STATEMENT.has(Number(error.errcode) % 256)) return;
    this.failure = 'message' in error ? String(error.message) : `SQLite error ${String(error.errcode)}`;
  }

  /** @param probe writes so many bytes; called only after a write failed */
  async check(path: string, probe: (bytes: number) => Promise<void>): Promise<StoreHealth> {
    const lowSpace = path === ':memory:' ? undefined : await this.lowSpaceOf(dirname(path));
    const space = lowSpace === undefined ? {} : { lowSpace };
    if (this.failure !== undefined) {
      try {
        await probe(PROBE_BYTES);
        this.failure = undefined;
      } catch {
        return { ok: false, detail: `the last writes failed: ${this.failure}`, ...space };
      }
    }
    return { ok: true, detail: 'writable', ...space };
  }

  private async lowSpaceOf(directory: string): Promise<string | undefined> {
    const { bavail, blocks, bsize } = await this.spaceOf(directory);
    const free = bavail * bsize;
    const low = Math.min(blocks * bsize * LOW_SHARE, LOW_BYTES);
    return free < low ? `the disk of the store is nearly full: ${mib(free)} MiB are free, and ${mib(low)} are wanted` : undefined;
  }
}

function mib(bytes: number): number {
  return Math.floor(bytes / 1024 ** 2);
}
