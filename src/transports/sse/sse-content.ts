import { type EntryItem } from '../../model/entry-item.js';

/** One notification as an in-app reader gets it. */
export type SseItem = EntryItem;

/** What one message to a user says: the `data` of a `batch` event. */
export interface SseBatch {
  /** The same on every attempt: a reader that has seen it has seen all of it. */
  readonly batchId: string;
  /** Of its items; `mixed` when there are several. */
  readonly type: string;
  /**
   * Why it came now: it was full, its time was up, somebody (a critical one, an operator, the stop) sent it on, or nothing of it was gathered at all
   * (a critical one, the first of a rule with `leading`, a type that is shown at once).
   */
  readonly reason: 'size' | 'time' | 'flush' | 'direct';
  /** Deliveries in it. */
  readonly count: number;
  /** Oldest first. */
  readonly events: readonly SseItem[];
}
