/** What to drop; all times are epoch ms. */
export interface PruneRequest {
  /** Messages that ended before this, with their deliveries. */
  readonly finishedBefore: number;
  /** Idempotency keys that were used before this. */
  readonly keysBefore: number;
  /** History rows before this. */
  readonly historyBefore: number;
  /** Most rows to delete in this call, ≥ 1; a message of many deliveries may take several calls. */
  readonly limit: number;
}

/** What was found when the store was opened. */
export interface OpenReport {
  /** The store is empty because it has just been made. */
  readonly isNew: boolean;
  /** Deliveries of messages that the last process was sending when it ended without settling them; they are queued again. */
  readonly interrupted: number;
  /** What is missing of what the last process left: deliveries may be lost. One line for the log; undefined when nothing is known to be. */
  readonly loss?: string;
}

/** Whether the store can write. */
export interface StoreHealth {
  readonly ok: boolean;
  /** One line for health. */
  readonly detail: string;
  /** The disk is nearly full: one line for health; undefined when there is room. What is finished should be pruned early. */
  readonly lowSpace?: string;
}

export interface PruneReport {
  readonly deliveries: number;
  readonly messages: number;
  /** There is more to prune; call again. */
  readonly more: boolean;
}
