import { LikenessGroups } from '../../model/content-similarity.js';
import { type WindowFacts } from '../../model/decisions/closing.js';
import { likeBase } from '../../model/decisions/window-key.js';
import { type Expiring, type WindowPolicy } from '../../model/window.js';
import { UndoableMap, type UndoLog, type Unfinished } from './undo-log.js';

/** An open window, as memory holds it; its rows say the rest. */
export interface OpenWindow extends WindowFacts {
  readonly id: number;
  readonly key: string;
  /** Of its first entry. */
  readonly type: string;
  readonly groupKey?: string;
  policy: WindowPolicy;
  plannedAt: number;
  dueAt: number;
  expiring?: Expiring;
  count: number;
  tail: number;
  /** Least rank, i.e. the most urgent priority, of its entries. */
  priority: number;
  /** One that was as urgent left, so the rest may be less so: see `Ledger.priorityOf`. */
  vague?: true;
  /** Entries of several types gather in it. */
  mixed: boolean;
  /** Live delivery by dedupe key; made by `OpenWindows.dedupeOf` when the first comes. */
  dedupe?: UndoableMap<string, number>;
}

/** What a window learns of an entry. */
export interface WindowEntry {
  readonly id: number;
  readonly priority: number;
  readonly dedupe: string | null;
}

/** The open windows by key and by id, in the order they were opened. */
export class OpenWindows implements Unfinished {
  private readonly byKey = new Map<string, OpenWindow>();
  private readonly byId = new Map<number, OpenWindow>();
  /** Those that are kept in order, by channel and address. */
  private readonly ordered = new Map<string, Set<OpenWindow>>();
  /** Windows that gather what is alike, by their keys. */
  readonly likeness: LikenessGroups;
  items = 0;

  /** A window that is given out within a transaction is as it was before when the transaction fails, whoever changes it. */
  constructor(private readonly undo: UndoLog) {
    this.likeness = new LikenessGroups((step) => undo.record(step));
    undo.keepCounts(() => {
      const { items } = this;
      return () => (this.items = items);
    });
  }

  get size(): number {
    return this.byId.size;
  }

  get(key: string): OpenWindow | undefined {
    return this.kept(this.byKey.get(key));
  }

  byMessage(id: number): OpenWindow | undefined {
    return this.kept(this.byId.get(id));
  }

  /** The dedupe keys of a window. */
  dedupeOf(window: OpenWindow): Map<string, number> {
    return (window.dedupe ??= new UndoableMap(this.undo));
  }

  /** Of an address, those that are kept in order; oldest first. */
  orderedOf(channel: string, address: string): readonly OpenWindow[] {
    const windows = [...(this.ordered.get(`${channel} ${address}`) ?? [])];
    for (const window of windows) this.kept(window);
    return windows.sort((a, b) => a.id - b.id);
  }

  /** Oldest first. */
  *all(): Generator<OpenWindow, undefined> {
    for (const window of this.byId.values()) {
      this.kept(window);
      yield window;
    }
    return undefined;
  }

  add(window: OpenWindow): void {
    const other = this.byKey.get(window.key);
    this.undo.record(() => {
      this.byId.delete(window.id);
      if (other === undefined) this.byKey.delete(window.key);
      else this.byKey.set(window.key, other);
    });
    this.byKey.set(window.key, window);
    this.byId.set(window.id, window);
    this.order(window);
  }

  /** Appends a live entry. @returns the one with its dedupe key, whose place it takes */
  join(window: OpenWindow, { id, priority, dedupe }: WindowEntry): number | undefined {
    const older = dedupe === null ? undefined : window.dedupe?.get(dedupe);
    window.tail = id;
    window.priority = Math.min(window.priority, priority);
    if (dedupe !== null) {
      this.dedupeOf(window).set(dedupe, id);
      const base = likeBase(window.key);
      if (base !== undefined) this.likeness.addKeyed(window.key, base, dedupe);
    }
    if (older === undefined) {
      window.count++;
      this.items++;
    }
    return older;
  }

  /** An entry ended, or went elsewhere. */
  leave(window: OpenWindow, { id, priority, dedupe }: WindowEntry): void {
    if (priority === window.priority) window.vague = true;
    window.count--;
    this.items--;
    if (dedupe !== null && window.dedupe?.get(dedupe) === id) {
      window.dedupe.delete(dedupe);
      this.forgetKey(window, dedupe);
    }
  }

  /** Gives a window another policy. */
  replan(window: OpenWindow, policy: WindowPolicy): void {
    this.unorder(window);
    this.likeness.remove(String(window.id));
    window.policy = policy;
    this.order(window);
  }

  remove(window: OpenWindow): void {
    const named = this.byKey.get(window.key) === window;
    this.undo.record(() => {
      if (named) this.byKey.set(window.key, window);
      this.byId.set(window.id, window);
      this.undo.finishLater(this);
    });
    if (named) this.byKey.delete(window.key);
    this.byId.delete(window.id);
    this.items -= window.count;
    this.likeness.remove(String(window.id));
    for (const dedupe of window.dedupe?.keys() ?? []) this.forgetKey(window, dedupe);
    this.unorder(window);
  }

  /** What came back stands where it was: the oldest first. */
  finishUndo(): void {
    const windows = [...this.byId.values()].sort((a, b) => a.id - b.id);
    this.byId.clear();
    for (const window of windows) this.byId.set(window.id, window);
  }

  private kept(window: OpenWindow | undefined): OpenWindow | undefined {
    if (window !== undefined) this.undo.keep(window);
    return window;
  }

  private forgetKey(window: OpenWindow, dedupe: string): void {
    const base = likeBase(window.key);
    if (base !== undefined) this.likeness.removeKeyed(base, dedupe);
  }

  private order(window: OpenWindow): void {
    if (window.policy.ordered !== true) return;
    this.undo.record(() => this.drop(window));
    this.put(window);
  }

  private put(window: OpenWindow): void {
    const key = `${window.channel} ${window.address}`;
    const others = this.ordered.get(key);
    if (others === undefined) this.ordered.set(key, new Set([window]));
    else others.add(window);
  }

  private unorder(window: OpenWindow): void {
    if (this.drop(window)) this.undo.record(() => this.put(window));
  }

  private drop(window: OpenWindow): boolean {
    const key = `${window.channel} ${window.address}`;
    const others = this.ordered.get(key);
    if (others?.delete(window) !== true) return false;
    if (others.size === 0) this.ordered.delete(key);
    return true;
  }
}
