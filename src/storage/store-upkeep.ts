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
  /** Whether the store can be read and written. */
  readonly ok: boolean;
  /** One line for health. */
  readonly detail: string;
  /** The disk is nearly full: one line for health; undefined when there is room. What is finished should be pruned early. */
  readonly lowSpace?: string;
  /** Deliveries that ended as dead since the store was opened, because their stored content cannot be read. None when absent. */
  readonly unreadable?: number;
  /** What it holds may be lost when its server restarts or runs out of memory: one line for health; undefined when nothing is known to be. */
  readonly unsafe?: string;
  /** What makes the store slower and slower: one line for health; undefined when nothing is known to. */
  readonly slowed?: string;
}

/** What a step of the clean-up deleted. */
export interface PruneReport {
  /** Deliveries that were deleted. */
  readonly deliveries: number;
  /** Messages that were deleted. */
  readonly messages: number;
  /** There is more to prune; call again. */
  readonly more: boolean;
}

/** What the module must know of a kind of store. */
export interface StoreTraits {
  /** Several instances may have it open at once. */
  readonly shared: boolean;
  /** Open windows take memory of the process that has the store open; closing them frees it. */
  readonly holdsWindowsInProcess: boolean;
}

/** Time between two heartbeats of an instance, ms. */
export const HEARTBEAT_MS = 5_000;
/** Silence after which an instance is taken for dead, ms: with the time to the next heartbeat of another one, within 20 s. */
export const SILENT_MS = 15_000;

/** What an instance says of itself when it opens the store. */
export interface InstanceDescription {
  /** No other instance has it. */
  readonly name: string;
  /** Of this package. */
  readonly version: string;
  /** The channels that it sends on; none when it only accepts (`DELIVERY_ENABLED=false`). */
  readonly channels: readonly string[];
}

/** An instance that has the store open. Times are epoch ms. */
export interface InstanceRecord extends InstanceDescription {
  /** Epoch ms. */
  readonly startedAt: number;
  /** Its last heartbeat. */
  readonly seenAt: number;
}

/** What a heartbeat found. */
export interface HeartbeatReport {
  /** Deliveries that dead instances were sending; they are queued again. */
  readonly requeued: number;
}
