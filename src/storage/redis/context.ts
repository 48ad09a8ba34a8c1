import { ReadyStamps } from '../ready-stamp.js';
import { type EndedObservers } from './ended-observers.js';
import { Policies } from './policies.js';

/** What one instance knows for all its transactions; nothing of it grows with what is pending. */
export class Context {
  readonly policies = new Policies();
  /** Channels that are known to be listed. */
  readonly channels = new Set<string>();
  /** Deliveries that this instance ended as dead, because their stored content cannot be read. */
  unreadable = 0;
  /** Opposites of what the present transaction changed in `stamps`. */
  private undo: (() => void)[] = [];
  readonly stamps = new ReadyStamps((undo, times, flow, at) => this.undo.push(() => undo(times, flow, at)));

  /**
   * @param tag of the public ids of this database
   * @param instance its name among all
   */
  constructor(
    readonly tag: string,
    readonly instance: string,
    readonly maxPending: number,
    readonly ended: EndedObservers,
  ) {}

  /** What was stamped counts. */
  keepStamps(): void {
    this.undo = [];
  }

  /** As if nothing had been stamped since `keepStamps`. */
  restoreStamps(): void {
    for (const step of this.undo.splice(0).reverse()) step();
  }

  publicId(kind: 'd' | 'm' | 'n' | 'c', id: number): string {
    return `${kind}-${this.tag}-${id.toString(36)}`;
  }

  /** The row that a public id names; 0 when it is not one of this database's. */
  privateId(kind: 'd' | 'm' | 'c', id: string): number {
    const prefix = `${kind}-${this.tag}-`;
    const digits = id.slice(prefix.length);
    return id.startsWith(prefix) && /^[1-9a-z][0-9a-z]{0,8}$/.test(digits) ? parseInt(digits, 36) : 0;
  }
}
