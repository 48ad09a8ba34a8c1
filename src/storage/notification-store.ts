import { type MailboxStore } from './mailbox-store.js';
import { type Claim, type Settlement } from '../model/message.js';
import {
  type AcceptReport,
  type Acceptance,
  type AdvanceReport,
  type ClaimRequest,
  type ExtendReport,
  type HistoryRow,
  type KnownSnapshot,
  type Readiness,
  type SettleReport,
  type StoreSnapshot,
  type StreamedMessage,
} from './store-records.js';
import { WorkAdmin } from './work-admin.js';

import { type OpenReport, type PruneReport, type PruneRequest, type StoreHealth } from './store-upkeep.js';

export type * from './store-queries.js';
export type * from './store-records.js';
export type * from './store-upkeep.js';
export type * from './admin-records.js';

/**
 * The one table of work. Every method is atomic and durable when it resolves (save `claim` and `settle`), and every caller's writes of one tick may
 * share a transaction. Nothing is thrown for a refusal that the caller can act on, save where it says so; a store that
 * cannot write rejects with `StoreFailedError`, and nothing of that call was kept.
 *
 * All moments are epoch ms and come from the caller: a store never reads a clock.
 */
export abstract class NotificationStore extends WorkAdmin {
  /** Opens or creates, migrates, and takes back what a dead process was sending. Idempotent. */
  abstract open(now: number): Promise<OpenReport>;
  /** Ends pending writes and lets go of everything. Idempotent. */
  abstract close(): Promise<void>;

  /** Whether the last writes worked, and whether there is room for more. Cheap: it writes only after a write failed. */
  abstract check(): Promise<StoreHealth>;

  /** Called whenever work may have become ready or due earlier than before. Returns how to stop. */
  abstract onWork(listener: () => void): () => void;

  /**
   * Keeps notifications: each delivery joins the open window of its group or opens one, or a message of its own that is
   * due at once (at its `sendAt`). Refuses (429) past `maxPending`, (422) an idempotency key with other content.
   */
  abstract accept(acceptances: readonly Acceptance[], now: number): Promise<AcceptReport>;

  /**
   * Does what is due at `now`, in the order of its moments: closes windows, readies retries and scheduled ones, expires, takes back
   * what nobody settled within its lease. At most `limit` steps.
   */
  abstract advance(now: number, limit: number): Promise<AdvanceReport>;
  /** The next moment for `advance`, or an earlier one; undefined when there is none. */
  abstract nextDueAt(): Promise<number | undefined>;

  /** One row a channel that has anything ready. */
  abstract readiness(): Promise<readonly Readiness[]>;
  /** Takes ready messages, the most urgent first and fairly between types and addresses; from here they are `sending` for every other call. */
  abstract claim(request: ClaimRequest): Promise<Claim>;
  /**
   * Prolongs the leases of claims to `until` (epoch ms; a lease is never shortened), for what they still hold. A lease that ended can be prolonged
   * as long as no `advance` requeued its messages.
   */
  abstract extend(tokens: readonly string[], until: number): Promise<ExtendReport>;
  /**
   * Records how claimed messages ended. A settlement whose token does not hold its message changes nothing and is reported; one that repeats
   * another of the same call is ignored. Once resolved it survives a process crash; it survives a power failure after the next durable write
   * (see `sync`).
   */
  abstract settle(settlements: readonly Settlement[], now: number): Promise<SettleReport>;
  /** All that was settled is durable when it resolves. */
  abstract sync(): Promise<void>;

  /** Delivered messages of an address whose `sequence` is greater, the least first, at the most `limit`. */
  abstract stream(channel: string, address: string, after: number, limit: number): Promise<readonly StreamedMessage[]>;

  /** The built-in mailbox. */
  abstract readonly mailbox: MailboxStore;

  /** What `saveSetting` kept under this name. */
  abstract setting(name: string): Promise<string | undefined>;
  /** Keeps a text under a name; undefined forgets it. */
  abstract saveSetting(name: string, value: string | undefined): Promise<void>;

  abstract snapshot(): Promise<StoreSnapshot>;
  /**
   * What this instance knows now, without waiting: exact with the embedded store.
   * @throws StoreFailedError before `open` and after `close`
   */
  abstract snapshotNow(now: number): KnownSnapshot;

  /** Adds to the history; rows of the same `at`, `stepMs` and `name` are summed. */
  abstract record(rows: readonly HistoryRow[]): Promise<void>;
  /** Rows with `from` ≤ `at` < `to`, oldest first. */
  abstract history(from: number, to: number): Promise<readonly HistoryRow[]>;
  /**
   * Adds the shorter rows of the oldest stretch of `stepMs` that has any up to rows of that length; only of stretches that end at `before` or
   * earlier. Returns whether there was one.
   */
  abstract condenseHistory(before: number, stepMs: number): Promise<boolean>;

  /** Deletes what is old enough, a bounded part of it; then gives the space back to the file system. Call it again while there is `more`. */
  abstract prune(request: PruneRequest): Promise<PruneReport>;
}
