import { type HistoryStore } from './history-store.js';
import { type MailboxStore } from './mailbox-store.js';
import { type RecipientStore } from './recipient-store.js';
import { type SharedState } from './shared-state.js';
import { type SuppressionStore } from './suppression-store.js';
import { type HistoryRow } from './store-records.js';
import { type StoreTransfer } from './store-transfer.js';
import { type PruneReport, type PruneRequest } from './store-upkeep.js';
import { WorkStore } from './work-store.js';

export type * from './admin-records.js';
export type * from './history-store.js';
export type * from './recipient-store.js';
export type * from './sequence-records.js';
export type * from './shared-state.js';
export type * from './store-queries.js';
export type * from './store-records.js';
export type * from './store-transfer.js';
export type * from './store-upkeep.js';
export type * from './suppression-store.js';

/** All that a store keeps: the work, what instances share, the history, the mailbox and the suppressed addresses. */
export abstract class NotificationStore extends WorkStore implements HistoryStore {
  /** Settings, signals, rates and leads, over all instances. It can be used while the store is open. */
  abstract readonly state: SharedState;
  /** The built-in mailbox. */
  abstract readonly mailbox: MailboxStore;
  /** Addresses that nothing is sent to. */
  abstract readonly suppressions: SuppressionStore;
  /** People, tenants and their preferences, where the module keeps them. */
  abstract readonly recipients: RecipientStore;

  /** How it is moved to another store, or filled from one, while it is closed; undefined for a store that cannot be. */
  get transfer(): StoreTransfer | undefined {
    return undefined;
  }

  abstract record(rows: readonly HistoryRow[]): Promise<void>;
  abstract history(from: number, to: number): Promise<readonly HistoryRow[]>;
  abstract condenseHistory(before: number, stepMs: number): Promise<boolean>;

  /** Deletes what is old enough, a bounded part of it; then gives the space back to the file system. Call it again while there is `more`. */
  abstract prune(request: PruneRequest): Promise<PruneReport>;
}
