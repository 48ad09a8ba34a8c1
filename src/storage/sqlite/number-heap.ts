import { type UndoLog, type Unfinished } from './undo-log.js';

/** What a due time is about. */
export const DUE = {
  /** An open window closes; the id is its message's. */
  window: 0,
  /** A queued message (a retry, a scheduled one) becomes ready. */
  ready: 1,
  /** A delivery's `expiresAt` passes; the id is the delivery's. */
  expiry: 2,
  /** The lease of a claimed message ends. */
  lease: 3,
  /** An allowance no longer counts; the id is its row's. */
  allowance: 4,
} as const;
export type DueKind = (typeof DUE)[keyof typeof DUE];

/**
 * A binary min-heap of (key, id, tag) in typed arrays: 17 bytes an entry, so that a million due times cost no more than a
 * few buffers. Entries are not removed when they become pointless; the caller that pops one checks it.
 */
export class NumberHeap implements Unfinished {
  private keys: Float64Array;
  private ids: Float64Array;
  private tags: Uint8Array;
  private length = 0;
  /** While changes are undone: how often each entry has to come (above 0) or to go (below 0). */
  private readonly balance = new Map<
    string,
    { readonly key: number; readonly id: number; readonly tag: number; count: number }
  >();

  /**
   * @param undo     takes the opposite of each change; without it changes stay when their transaction fails
   * @param capacity entries to have room for at first, ≥ 1
   */
  constructor(
    private readonly undo?: UndoLog,
    capacity = 64,
  ) {
    this.keys = new Float64Array(capacity);
    this.ids = new Float64Array(capacity);
    this.tags = new Uint8Array(capacity);
  }

  get size(): number {
    return this.length;
  }

  peekKey(): number | undefined {
    return this.length === 0 ? undefined : this.keys[0];
  }

  peekId(): number {
    return this.ids[0] ?? 0;
  }

  peekTag(): number {
    return this.tags[0] ?? 0;
  }

  push(key: number, id: number, tag: number): void {
    if (this.undo?.isOpen === true) this.undo.record(undoPush, this, key, id, tag);
    if (this.length === this.keys.length) this.grow();
    let at = this.length++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(key, id, parent)) break;
      this.copy(parent, at);
      at = parent;
    }
    this.set(at, key, id, tag);
  }

  /** Drops the least entry. */
  pop(): void {
    if (this.length === 0) return;
    if (this.undo?.isOpen === true) this.undo.record(undoPop, this, this.keys[0] ?? 0, this.peekId(), this.peekTag());
    const last = --this.length;
    const key = this.keys[last] ?? 0;
    const id = this.ids[last] ?? 0;
    const tag = this.tags[last] ?? 0;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && this.before(this.keys[child + 1] ?? 0, this.ids[child + 1] ?? 0, child)) child++;
      if (this.before(key, id, child)) break;
      this.copy(child, at);
      at = child;
    }
    this.set(at, key, id, tag);
  }

  /** Drops and adds what undoing came to, in one pass over all entries. */
  finishUndo(): void {
    const { keys, ids, tags, length } = this;
    const missing = [...this.balance.values()].filter(({ count }) => count > 0);
    if ([...this.balance.values()].some(({ count }) => count < 0)) {
      this.keys = new Float64Array(keys.length);
      this.ids = new Float64Array(keys.length);
      this.tags = new Uint8Array(keys.length);
      this.length = 0;
      for (let at = 0; at < length; at++) {
        const [key, id, tag] = [keys[at] ?? 0, ids[at] ?? 0, tags[at] ?? 0];
        const owed = this.balance.get(nameOf(key, id, tag));
        if (owed !== undefined && owed.count < 0) owed.count++;
        else this.push(key, id, tag);
      }
    }
    for (const { key, id, tag, count } of missing) for (let left = count; left > 0; left--) this.push(key, id, tag);
    this.balance.clear();
  }

  /** Undoing: an entry has to come (1) or to go (-1). */
  owe(key: number, id: number, tag: number, count: number): void {
    const name = nameOf(key, id, tag);
    const owed = this.balance.get(name);
    if (owed === undefined) this.balance.set(name, { key, id, tag, count });
    else owed.count += count;
    this.undo?.finishLater(this);
  }

  private before(key: number, id: number, other: number): boolean {
    const otherKey = this.keys[other] ?? 0;
    return key < otherKey || (key === otherKey && id < (this.ids[other] ?? 0));
  }

  private copy(from: number, to: number): void {
    this.set(to, this.keys[from] ?? 0, this.ids[from] ?? 0, this.tags[from] ?? 0);
  }

  private set(at: number, key: number, id: number, tag: number): void {
    this.keys[at] = key;
    this.ids[at] = id;
    this.tags[at] = tag;
  }

  private grow(): void {
    const keys = new Float64Array(this.keys.length * 2);
    const ids = new Float64Array(keys.length);
    const tags = new Uint8Array(keys.length);
    keys.set(this.keys);
    ids.set(this.ids);
    tags.set(this.tags);
    this.keys = keys;
    this.ids = ids;
    this.tags = tags;
  }
}

function undoPush(heap: NumberHeap, key: number, id: number, tag: number): void {
  heap.owe(key, id, tag, -1);
}

function undoPop(heap: NumberHeap, key: number, id: number, tag: number): void {
  heap.owe(key, id, tag, 1);
}

function nameOf(key: number, id: number, tag: number): string {
  return `${key} ${id} ${tag}`;
}
