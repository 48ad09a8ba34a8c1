import { type ResolvedOptions } from '../config/options.js';
import { InvalidConfigurationError } from '../model/errors.js';
import { NotificationStore } from '../storage/notification-store.js';
import { SqliteStore } from '../storage/sqlite/sqlite-store.js';

/**
 * The host's own store, or the embedded one.
 *
 * @throws InvalidConfigurationError for an object that is no store
 */
export function storeOf({ store, queue }: Pick<ResolvedOptions, 'store' | 'queue'>): NotificationStore {
  if (store.use instanceof NotificationStore) return store.use;
  if (store.use !== undefined) {
    throw new InvalidConfigurationError([`store: got ${store.use.constructor.name}; it must extend NotificationStore`]);
  }
  return new SqliteStore({
    path: store.path,
    maxPending: queue.maxPending,
    compression: { minBytes: store.compressMinBytes, level: store.compressLevel },
  });
}
