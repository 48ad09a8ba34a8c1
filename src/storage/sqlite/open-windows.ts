import { LikenessGroups } from '../../model/content-similarity.js';
import { type WindowPolicy } from '../../model/window.js';

/** An open window, as memory holds it; its rows say the rest. */
export interface OpenWindow {
  readonly id: number;
  readonly key: string;
  readonly channel: string;
  readonly address: string;
  /** Of its first entry. */
  readonly type: string;
  readonly groupKey?: string;
  policy: WindowPolicy;
  readonly openedAt: number;
  /** The `sendAt` of its entries, when they have one. */
  readonly notBefore?: number;
  dueAt: number;
  count: number;
  led: number;
  tail: number;
  /** Least rank, i.e. the most urgent priority, of its entries. */
  priority: number;
  /** One that was as urgent left, so the rest may be less so: see `Ledger.priorityOf`. */
  vague?: true;
  /** Entries of several types gather in it. */
  mixed: boolean;
  /** Live delivery by dedupe key; made when the first comes. */
  dedupe?: Map<string, number>;
}

/** The open windows by key and by id, in the order they were opened. */
export class OpenWindows {
  private readonly byKey = new Map<string, OpenWindow>();
  private readonly byId = new Map<number, OpenWindow>();
  /** Those that are kept in order, by channel and address. */
  private readonly ordered = new Map<string, Set<OpenWindow>>();
  /** Windows that gather what is alike, by their keys. */
  readonly likeness = new LikenessGroups();
  items = 0;

  get size(): number {
    return this.byId.size;
  }

  get(key: string): OpenWindow | undefined {
    return this.byKey.get(key);
  }

  byMessage(id: number): OpenWindow | undefined {
    return this.byId.get(id);
  }

  /** Of an address, those that are kept in order; oldest first. */
  orderedOf(channel: string, address: string): readonly OpenWindow[] {
    return [...(this.ordered.get(`${channel} ${address}`) ?? [])].sort((a, b) => a.id - b.id);
  }

  /** Oldest first. */
  all(): IterableIterator<OpenWindow> {
    return this.byId.values();
  }

  add(window: OpenWindow): void {
    this.byKey.set(window.key, window);
    this.byId.set(window.id, window);
    this.order(window);
  }

  /** Gives a window another policy. */
  replan(window: OpenWindow, policy: WindowPolicy): void {
    this.unorder(window);
    this.likeness.remove(window.key);
    window.policy = policy;
    this.order(window);
  }

  remove(window: OpenWindow): void {
    if (this.byKey.get(window.key) === window) this.byKey.delete(window.key);
    this.byId.delete(window.id);
    this.likeness.remove(window.key);
    this.unorder(window);
  }

  clear(): void {
    this.byKey.clear();
    this.byId.clear();
    this.ordered.clear();
    this.likeness.clear();
    this.items = 0;
  }

  private order(window: OpenWindow): void {
    if (window.policy.ordered !== true) return;
    const key = `${window.channel} ${window.address}`;
    const others = this.ordered.get(key);
    if (others === undefined) this.ordered.set(key, new Set([window]));
    else others.add(window);
  }

  private unorder(window: OpenWindow): void {
    const key = `${window.channel} ${window.address}`;
    const others = this.ordered.get(key);
    if (others?.delete(window) === true && others.size === 0) this.ordered.delete(key);
  }
}
