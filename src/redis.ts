import './model/node-version.js';
import type { NotificationStore } from './storage/notification-store.js';
import type { RedisStoreOptions } from './storage/redis/redis-base.js';
import { RedisStore as Store } from './storage/redis/redis-store.js';

export { type RedisArgument, type RedisClient, type RedisPipeline } from './storage/redis/redis-client.js';
export { type RedisLimits, type RedisOptions } from './storage/redis/redis-options.js';
export { type RedisStoreOptions } from './storage/redis/redis-base.js';

/**
 * The store of many instances on Redis or Valkey, for `store.use`: `new RedisStore({ url, maxPending })`, or with a connection of the host. What it is
 * besides a `NotificationStore` is not public.
 */
export const RedisStore: new (options: RedisStoreOptions) => NotificationStore = Store;
