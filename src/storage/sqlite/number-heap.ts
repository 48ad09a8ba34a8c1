/** What a due moment is about. */
export const DUE = {
  /** An open window closes; the id is its message's. */
  window: 0,
  /** A queued message (a retry, a scheduled one) becomes ready. */
  ready: 1,
  /** A delivery's `expiresAt` passes; the id is the delivery's. */
  expiry: 2,
  /** The lease of a claimed message ends. */
  lease: 3,
} as const;
export type DueKind = (typeof DUE)[keyof typeof DUE];

/**
 * A binary min-heap of (key, id, tag) in typed arrays: 17 bytes an entry, so that a million due moments cost no more than a
 * few buffers. Entries are not removed when they become pointless; whoever pops one checks it.
 */
export class NumberHeap {
  private keys = new Float64Array(64);
  private ids = new Float64Array(64);
  private tags = new Uint8Array(64);
  private length = 0;

  get size(): number {
    return this.length;
  }

  clear(): void {
    this.length = 0;
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
