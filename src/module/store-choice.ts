import { type ResolvedOptions } from '../config/options.js';
import { InvalidConfigurationError } from '../model/errors.js';
import { NotificationStore } from '../storage/notification-store.js';
import { type PgPool } from '../storage/postgres/pg-client.js';
import { PostgresStore } from '../storage/postgres/postgres-store.js';
import { RedisStore } from '../storage/redis/redis-store.js';
import { SqliteStore } from '../storage/sqlite/sqlite-store.js';

/**
 * The host's own store, one on PostgreSQL or Redis, or the embedded one. What their servers need is loaded when the store is opened.
 *
 * @throws InvalidConfigurationError for an object that is no store
 */
export function storeOf({ store, queue }: Pick<ResolvedOptions, 'store' | 'queue'>): NotificationStore {
  if (store.use instanceof NotificationStore) return store.use;
  if (store.use !== undefined) {
    throw new InvalidConfigurationError([`store: got ${store.use.constructor.name}; it must extend NotificationStore`]);
  }
  if (store.postgres !== undefined) {
    const { pool, ...options } = store.postgres;
    // A host's pool was looked at when the options were read.
    return new PostgresStore({ ...options, pool: pool as PgPool | undefined, maxPending: queue.maxPending });
  }
  if (store.redis !== undefined) return new RedisStore({ ...store.redis, maxPending: queue.maxPending });
  return new SqliteStore({
    path: store.path,
    maxPending: queue.maxPending,
    compression: { minBytes: store.compressMinBytes, level: store.compressLevel },
  });
}
