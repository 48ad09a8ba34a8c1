import { type MovedRow } from './moved-rows.js';

export type * from './moved-rows.js';

/** What stands in both stores of a move, from its begin on. */
export interface MoveMark {
  /** The same in both. */
  readonly id: string;
  /** Whether this store is the one that is read or the one that is written. */
  readonly role: 'source' | 'target';
  /** `moving`: until everything is in the target. `given_up`: the target was left incomplete for good. */
  readonly state: 'moving' | 'moved' | 'given_up';
  /** The other store, without a password. */
  readonly peer: string;
  /** Of a target: where the export goes on; absent at its begin. */
  readonly cursor?: string;
  /** Of a target: rows that it has. */
  readonly rows: number;
}

/** Whether a store with this mark is opened for an application: a target is, once everything is in it. */
export function isRefused({ role, state }: MoveMark): boolean {
  return role === 'source' || state !== 'moved';
}

/** Some rows of an export. */
export interface ExportPage {
  /** In the order in which they are written. */
  readonly rows: readonly MovedRow[];
  /** Where to go on; absent at the end. */
  readonly next?: string;
}

/**
 * How a store is moved. It is opened for that alone: an application that has it open keeps it from being opened here, and while a mark says that a
 * store is moved, or incomplete, its `open` is refused.
 */
export interface StoreTransfer {
  /** Where the store is, without a password. */
  readonly place: string;

  /**
   * Opens the store. As a source without a mark it takes in what waits elsewhere, and queues again what nobody is sending any more.
   *
   * @throws StoreLockedError, StoreUnusableError, StoreFailedError, StoreVersionError
   */
  open(role: MoveMark['role'], now: number): Promise<void>;
  /** Closes the store; what was written stays. */
  close(): Promise<void>;

  /** The mark that stands in the store; undefined when it has none. */
  mark(): Promise<MoveMark | undefined>;
  /**
   * Keeps a mark, durably; undefined removes it. From when a source is marked nothing in it changes any more.
   *
   * @throws StoreUnusableError when an application uses the store
   */
  setMark(mark: MoveMark | undefined): Promise<void>;
  /** Whether nothing was ever accepted or kept in it. */
  isEmpty(): Promise<boolean>;

  /** How many rows an export has, about. */
  count(): Promise<number>;
  /** The rows behind a cursor, at most `limit`, and fewer where they are large. Rows of one page are of one kind. */
  export(after: string | undefined, limit: number): Promise<ExportPage>;
  /** Writes a page and the mark together: both are there, or none. */
  import(rows: readonly MovedRow[], mark: MoveMark): Promise<void>;
}
