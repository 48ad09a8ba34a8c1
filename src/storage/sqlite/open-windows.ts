import { SimilarityGroups } from '../../model/content-similarity.js';
import { type WindowFacts } from '../../model/decisions/closing.js';
import { likeBase } from '../../model/decisions/window-key.js';
import { type Expiring, type WindowPolicy } from '../../model/window.js';
import { GatheringAddresses } from './gathering-addresses.js';
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
  /** One that was as urgent left, so the rest may be less so: see `StoreState.priorityOf`. */
  priorityStale?: true;
  /** Entries of several types gather in it. */
  severalTypes: boolean;
  /** Live delivery by dedupe key; made by `OpenWindows.dedupeOf` when the first comes. */
  dedupe?: UndoableMap<string, number>;
}

/** What a window learns of an entry. */
interface WindowEntry {
  readonly id: number;
  readonly priority: number;
  readonly dedupe: string | null;
}

/** Ids of closed windows that are kept before a compaction, besides as many as there are open ones. */
const COMPACT_ABOVE = 1_000;

/** The open windows by key and by id, in the order they were opened. */
export class OpenWindows implements Unfinished {
  private readonly byKey = new Map<string, OpenWindow>();
  private readonly byId = new Map<number, OpenWindow>();
  /** By channel and address; most have one. */
  private readonly byAddress = new Map<string, OpenWindow | Set<OpenWindow>>();
  private readonly gathering = new GatheringAddresses();
  /** Windows that gather what is alike, by their keys. */
  readonly similarityGroups: SimilarityGroups;
  items = 0;
  /** Ids in ascending order, those of windows that closed included until the next compaction. */
  private ids: number[] = [];

  /** A window that is given out within a transaction is as it was before when the transaction fails, whatever changes it. */
  constructor(private readonly undo: UndoLog) {
    this.similarityGroups = new SimilarityGroups((step) => undo.record(step));
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

  /** The same only to look at. */
  lookAt(id: number): Readonly<OpenWindow> | undefined {
    return this.byId.get(id);
  }

  /** The dedupe keys of a window. */
  dedupeOf(window: OpenWindow): Map<string, number> {
    return (window.dedupe ??= new UndoableMap(this.undo));
  }

  /** Of an address, oldest first. */
  ofAddress(channel: string, address: string): readonly OpenWindow[] {
    const found = this.byAddress.get(addressKey(channel, address));
    const windows = found === undefined ? [] : found instanceof Set ? [...found] : [found];
    for (const window of windows) this.kept(window);
    return windows.sort((a, b) => a.id - b.id);
  }

  /** The same, of those whose entries are sent in order. */
  orderedOf(channel: string, address: string): readonly OpenWindow[] {
    return this.ofAddress(channel, address).filter(({ policy }) => policy.ordered === true);
  }

  /** The addresses of a channel with windows that do not wait for a `sendAt`. */
  addressesOf(channel: string): ReadonlyMap<string, number> {
    return this.gathering.of(channel, () => this.byId.values());
  }

  /** Oldest first. */
  *all(): Generator<OpenWindow, undefined> {
    for (const window of this.byId.values()) {
      this.kept(window);
      yield window;
    }
    return undefined;
  }

  /** The same only to look at: a window that is changed must come from `byMessage`. */
  look(): Iterable<Readonly<OpenWindow>> {
    return this.byId.values();
  }

  /** Those with a greater id, oldest first, only to look at; windows that close meanwhile are passed over. */
  *after(id: number): Generator<Readonly<OpenWindow>> {
    const { ids } = this;
    for (let at = firstAbove(ids, id); at < ids.length; at++) {
      const window = this.byId.get(ids[at] ?? 0);
      if (window !== undefined) yield window;
    }
  }

  add(window: OpenWindow): void {
    const other = this.byKey.get(window.key);
    this.undo.record(() => {
      this.byId.delete(window.id);
      this.removeFromAddress(window);
      this.gathering.count(window, -1);
      if (this.ids.at(-1) === window.id) this.ids.pop();
      if (other === undefined) this.byKey.delete(window.key);
      else this.byKey.set(window.key, other);
    });
    if (this.ids.length > 2 * this.byId.size + COMPACT_ABOVE) this.ids = [...this.byId.keys()];
    this.ids.push(window.id);
    this.byKey.set(window.key, window);
    this.byId.set(window.id, window);
    this.addToAddress(window);
    this.gathering.count(window, 1);
  }

  /** Appends a live entry. @returns the one with its dedupe key, whose place it takes */
  join(window: OpenWindow, { id, priority, dedupe }: WindowEntry): number | undefined {
    const older = dedupe === null ? undefined : window.dedupe?.get(dedupe);
    window.tail = id;
    window.priority = Math.min(window.priority, priority);
    if (dedupe !== null) {
      this.dedupeOf(window).set(dedupe, id);
      const base = likeBase(window.key);
      if (base !== undefined) this.similarityGroups.addKeyed(window.key, base, dedupe);
    }
    if (older === undefined) {
      window.count++;
      this.items++;
    }
    return older;
  }

  /** An entry ended, or went elsewhere. */
  leave(window: OpenWindow, { id, priority, dedupe }: WindowEntry): void {
    if (priority === window.priority) window.priorityStale = true;
    window.count--;
    this.items--;
    if (dedupe !== null && window.dedupe?.get(dedupe) === id) {
      window.dedupe.delete(dedupe);
      this.forgetKey(window, dedupe);
    }
  }

  /** Gives a window another policy. */
  applyPolicy(window: OpenWindow, policy: WindowPolicy): void {
    this.similarityGroups.remove(String(window.id));
    window.policy = policy;
  }

  remove(window: OpenWindow): void {
    const named = this.byKey.get(window.key) === window;
    this.undo.record(() => {
      if (named) this.byKey.set(window.key, window);
      this.byId.set(window.id, window);
      this.addToAddress(window);
      this.gathering.count(window, 1);
      this.undo.finishLater(this);
    });
    if (named) this.byKey.delete(window.key);
    this.byId.delete(window.id);
    this.items -= window.count;
    this.gathering.count(window, -1);
    this.similarityGroups.remove(String(window.id));
    for (const dedupe of window.dedupe?.keys() ?? []) this.forgetKey(window, dedupe);
    this.removeFromAddress(window);
  }

  /** What came back stands where it was: the oldest first. */
  finishUndo(): void {
    const windows = [...this.byId.values()].sort((a, b) => a.id - b.id);
    this.byId.clear();
    for (const window of windows) this.byId.set(window.id, window);
    this.ids = [...this.byId.keys()];
  }

  private kept(window: OpenWindow | undefined): OpenWindow | undefined {
    if (window !== undefined) this.undo.keep(window);
    return window;
  }

  private forgetKey(window: OpenWindow, dedupe: string): void {
    const base = likeBase(window.key);
    if (base !== undefined) this.similarityGroups.removeKeyed(base, dedupe);
  }

  private addToAddress(window: OpenWindow): void {
    const key = addressKey(window.channel, window.address);
    const others = this.byAddress.get(key);
    if (others === undefined) this.byAddress.set(key, window);
    else if (others instanceof Set) others.add(window);
    else this.byAddress.set(key, new Set([others, window]));
  }

  private removeFromAddress(window: OpenWindow): void {
    const key = addressKey(window.channel, window.address);
    const others = this.byAddress.get(key);
    if (others === window || (others instanceof Set && others.delete(window) && others.size === 0)) this.byAddress.delete(key);
  }
}

function addressKey(channel: string, address: string): string {
  return `${channel} ${address}`;
}

/** Where the first number above `bound` stands in an ascending list. */
function firstAbove(ascending: readonly number[], bound: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
