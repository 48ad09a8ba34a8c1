import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type TraceEvent } from './trace.ts';

/** What a power failure leaves of the writes that were not synced yet: none, all, some of them, or some of their sectors. */
export const LEFT_OVERS = ['none', 'all', 'some', 'torn'] as const;
export type LeftOver = (typeof LEFT_OVERS)[number];

const SECTOR_BYTES = 512;

interface Change {
  readonly at: number;
  readonly bytes?: Buffer;
}

/** A file, whatever it is called: its content on disk, and the changes that may or may not be. */
class File {
  readonly isDirectory: boolean;
  synced: Buffer = Buffer.alloc(0);
  pending: Change[] = [];

  constructor(isDirectory: boolean) {
    this.isDirectory = isDirectory;
  }

  sync(): void {
    this.synced = this.after(this.pending);
    this.pending = [];
  }

  contentAfter(left: LeftOver, random: () => number): Buffer {
    switch (left) {
      case 'none':
        return this.synced;
      case 'all':
        return this.after(this.pending);
      case 'some':
        return this.after(this.pending.filter(() => random() < 0.5));
      case 'torn':
        return this.after(this.pending.flatMap((change) => sectorsOf(change).filter(() => random() < 0.5)));
    }
  }

  private after(changes: readonly Change[]): Buffer {
    const most = changes.reduce((size, { at, bytes }) => Math.max(size, at + (bytes?.length ?? 0)), this.synced.length);
    const content = Buffer.alloc(most);
    this.synced.copy(content);
    let size = this.synced.length;
    for (const { at, bytes } of changes) {
      if (bytes === undefined) {
        content.fill(0, at);
        size = at;
      } else {
        bytes.copy(content, at);
        size = Math.max(size, at + bytes.length);
      }
    }
    return content.subarray(0, size);
  }
}

function sectorsOf(change: Change): Change[] {
  const { at, bytes } = change;
  if (bytes === undefined) return [change];
  const sectors: Change[] = [];
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(bytes.length, from + SECTOR_BYTES - ((at + from) % SECTOR_BYTES));
    sectors.push({ at: at + from, bytes: bytes.subarray(from, to) });
    from = to;
  }
  return sectors;
}

/**
 * A disk behind a cache, as POSIX allows it to be: the content of a file is on disk as far as the file was synced, and a name as far as its
 * directory was.
 */
export class Disk {
  private readonly root: string;
  private readonly keepsSyncs: boolean;
  private readonly names = new Map<string, File>();
  private readonly syncedNames = new Map<string, File>();

  /** @param keepsSyncs false: syncs do nothing and all names are on disk, which must not be survived */
  constructor(root: string, keepsSyncs: boolean) {
    this.root = root;
    this.keepsSyncs = keepsSyncs;
    this.names.set(root, new File(true));
    this.syncedNames.set(root, new File(true));
  }

  apply(event: TraceEvent): void {
    switch (event.kind) {
      case 'create':
      case 'mkdir':
        this.names.set(event.path, new File(event.kind === 'mkdir'));
        break;
      case 'write':
        this.file(event.path).pending.push({ at: event.at, bytes: event.bytes });
        break;
      case 'truncate':
        this.file(event.path).pending.push({ at: event.size });
        break;
      case 'sync':
        if (this.keepsSyncs) this.sync(event.path);
        break;
      case 'unlink':
        this.names.delete(event.path);
        break;
      case 'rename':
        this.names.set(event.to, this.file(event.path));
        this.names.delete(event.path);
        break;
      case 'note':
        break;
    }
  }

  /** Writes to `directory` what is found below the root after a power failure now. */
  writeImage(directory: string, left: LeftOver, random: () => number): void {
    const names = this.keepsSyncs ? this.syncedNames : this.names;
    const paths = [...names.keys()].filter((path) => path !== this.root).sort();
    for (const path of paths) {
      const file = names.get(path);
      if (file === undefined || !this.hasParents(path, names)) continue;
      const to = join(directory, relative(this.root, path));
      if (file.isDirectory) mkdirSync(to);
      else writeFileSync(to, file.contentAfter(left, random));
    }
  }

  private sync(path: string): void {
    const file = this.file(path);
    if (!file.isDirectory) {
      file.sync();
      return;
    }
    for (const name of this.syncedNames.keys())
      if (dirname(name) === path && !this.names.has(name)) this.syncedNames.delete(name);
    for (const [name, named] of this.names) if (dirname(name) === path) this.syncedNames.set(name, named);
  }

  private hasParents(path: string, names: ReadonlyMap<string, File>): boolean {
    for (let at = dirname(path); at !== this.root; at = dirname(at)) if (!names.has(at)) return false;
    return true;
  }

  private file(path: string): File {
    const file = this.names.get(path);
    if (file === undefined) throw new Error(`the trace names a file that was never made: ${path}`);
    return file;
  }
}
