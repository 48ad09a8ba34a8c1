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
