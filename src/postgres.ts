import './model/node-version.js';
import type { NotificationStore } from './storage/notification-store.js';
import type { PostgresStoreOptions } from './storage/postgres/postgres-base.js';
import { PostgresStore as Store } from './storage/postgres/postgres-store.js';

export {
  type DrizzleTag,
  type DrizzleTransaction,
  fromDrizzle,
  fromKnex,
  fromKysely,
  fromPg,
  fromPrisma,
  fromTypeOrm,
  type KnexTransaction,
  type KyselyTransaction,
  type PgTransactionClient,
  type PrismaTransactionClient,
  type TypeOrmEntityManager,
} from './storage/postgres/executors.js';
export { type WakingMode } from './storage/postgres/listener.js';
export {
  type PgClient,
  type PgPool,
  type PgPoolClient,
  type PgQuery,
  type PgResult,
  type PgTypes,
} from './storage/postgres/pg-client.js';
export { type PostgresLimits, type PostgresOptions } from './storage/postgres/postgres-options.js';
export { type PostgresStoreOptions } from './storage/postgres/postgres-base.js';

/**
 * The store of many instances, for `store.use`: `new PostgresStore({ url, maxPending })`, or with a pool of the host. What it is besides a
 * `NotificationStore` is not public.
 */
export const PostgresStore: new (options: PostgresStoreOptions) => NotificationStore = Store;
