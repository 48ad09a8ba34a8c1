import { NumberHeap } from './number-heap.js';
import { type UndoLog } from './undo-log.js';

/** A ready message as the ready queue knows it. */
interface ReadyEntry {
  readonly stamp: number;
  readonly id: number;
  readonly kind: number;
}

/** Messages that share one key, by stamp. */
interface Held {
  readonly key: string;
  readonly number: number;
  readonly heap: NumberHeap;
  /** `-Infinity`: its first message may be claimed; `Infinity`: the next claim asks again; else not before, epoch ms. */
  until: number;
}

/**
 * The ready messages of one lane that a claim passed over because their key was held. Each is looked at once, when it is put here, and then not
 * again until its key may go: a receiver with a long backlog costs the claims of the others nothing.
 */
export class HeldMessages {
  private readonly byKey = new Map<string, Held>();
  private readonly byNumber = new Map<number, Held>();
  /** Keys whose first message may be claimed, by its stamp and id; an entry that is no longer the first of its key is passed over. */
  private readonly open = new NumberHeap();
  private readonly byFirst = new Map<number, Held>();
  /** Keys that wait for a time, by it; an entry whose key waits for another time is passed over. */
  private readonly waiting = new NumberHeap();
  private readonly asking = new Set<Held>();
  private nextNumber = 1;

  constructor(private readonly undo: UndoLog) {}

  /** A claim begins: keys whose time came may go, and those without a time are asked about again. */
  begin(now: number): void {
    for (let at = this.waiting.peekKey(); at !== undefined && at <= now; at = this.waiting.peekKey()) {
      const held = this.byNumber.get(this.waiting.peekId());
      this.waiting.pop();
      if (held?.until === at) this.release(held);
    }
    for (const held of this.asking) this.release(held);
    this.asking.clear();
  }

  get isEmpty(): boolean {
    return this.byKey.size === 0;
  }

  has(key: string): boolean {
    return this.byKey.has(key);
  }

  /** The first of those whose key may go. */
  peek(): (ReadyEntry & { readonly key: string }) | undefined {
    for (let stamp = this.open.peekKey(); stamp !== undefined; stamp = this.open.peekKey()) {
      const id = this.open.peekId();
      const held = this.byFirst.get(id);
      if (held?.until === -Infinity && held.heap.peekId() === id) return { stamp, id, kind: held.heap.peekTag(), key: held.key };
      this.open.pop();
    }
    return undefined;
  }

  /** Takes the first message of a key out. */
  take(key: string): void {
    const held = this.byKey.get(key);
    if (held === undefined) return;
    this.undo.record(restore, this, held);
    this.byFirst.delete(held.heap.peekId());
    held.heap.pop();
    if (held.heap.size > 0) this.offer(held);
    else this.forget(held);
  }

  /** A key whose first message may not go after all. */
  hold(key: string, until: number): void {
    const held = this.byKey.get(key);
    if (held === undefined) return;
    this.byFirst.delete(held.heap.peekId());
    held.until = until;
    if (until === Infinity) this.asking.add(held);
    else this.waiting.push(until, held.number, 0);
  }

  /** @param until of a key that has no message here yet */
  add(key: string, { stamp, id, kind }: ReadyEntry, until?: number): void {
    let held = this.byKey.get(key);
    if (held === undefined) {
      held = { key, number: this.nextNumber++, heap: new NumberHeap(this.undo, 1), until: -Infinity };
      this.byKey.set(key, held);
      this.byNumber.set(held.number, held);
    }
    this.undo.record(restore, this, held);
    held.heap.push(stamp, id, kind);
    if (until !== undefined) this.hold(key, until);
    else if (held.until === -Infinity && held.heap.peekId() === id) this.offer(held);
  }

  /** When a key that waits for a time may go, epoch ms, or an earlier time. */
  get nextAt(): number | undefined {
    return this.waiting.peekKey();
  }

  private release(held: Held): void {
    held.until = -Infinity;
    if (held.heap.size > 0) this.offer(held);
    else this.forget(held);
  }

  /** A transaction failed that changed what the key has, which its heap undoes by itself: the next claim looks at the key again. */
  restore(held: Held): void {
    held.until = Infinity;
    this.byKey.set(held.key, held);
    this.byNumber.set(held.number, held);
    this.asking.add(held);
  }

  private forget(held: Held): void {
    // A transaction that failed may have left an empty one of the same key, which is not the one that counts.
    if (this.byKey.get(held.key) === held) this.byKey.delete(held.key);
    this.byNumber.delete(held.number);
  }

  private offer(held: Held): void {
    const id = held.heap.peekId();
    this.open.push(held.heap.peekKey() ?? 0, id, 0);
    this.byFirst.set(id, held);
  }
}

function restore(messages: HeldMessages, held: Held): void {
  messages.restore(held);
}
