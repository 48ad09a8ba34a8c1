import { MemoryStore } from '../storage/memory/memory-store.js';
import { type NotificationStore } from '../storage/notification-store.js';

/** What a store in memory is told. */
export interface MemoryStoreSettings {
  /** Most deliveries that are not final; more are refused. Defaults to 1 000 000. */
  readonly maxPending?: number;
}

/**
 * A store of plain maps, for tests: what it holds lives as long as the object, and opening it again after it was closed is a restart. It is the store of
 * `createNotificationTestingModule`, and does all that `describeStore` asks of a store.
 */
export function createMemoryStore({ maxPending = 1_000_000 }: MemoryStoreSettings = {}): NotificationStore {
  return new MemoryStore({ maxPending });
}
