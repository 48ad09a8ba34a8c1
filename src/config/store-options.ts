import { isRecord } from '../model/record.js';
import { BACKLOG_POLICIES, type BacklogPolicy } from '../model/backlog.js';
import { DAY_MS, MAX_WINDOW_MS } from './limits.js';
import { option, secretVariable, type SettingsOf, variable } from './setting.js';
import { type StoreAddress, storeAddress } from './store-address.js';
import { flag, oneOf, text, type ValueReader, wholeNumber } from './value-reader.js';

/** A store of the host: an object of a class that extends `NotificationStore`. The module opens and closes it. */
export interface HostStore {
  /** What the store can do; see `StoreTraits`. */
  readonly traits: object;
  /** See `NotificationStore.claim`. */
  claim(...request: never[]): Promise<object>;
}

/** A `pg.Pool`, as far as can be seen without loading `pg`. */
export interface HostPool {
  /** Connections that it has. */
  readonly totalCount: number;
  /** Takes a connection from it. */
  connect(): Promise<object>;
}

/** Where everything is kept: the embedded store by default, PostgreSQL, or a store of the host. */
export interface StoreOptions {
  /** A store of the host; every other option of `store` is then without effect. No variable. Defaults to the embedded store. */
  readonly use?: HostStore | undefined;
  /**
   * `STORE_URL`: `sqlite:PATH`; for several instances `postgres://user:password@host:5432/database`, which needs the package `pg`, or
   * `redis://user:password@host:6379/0`, which needs `ioredis`. It wins over `path`.
   */
  readonly url?: string | undefined;
  /** A `pg.Pool` of the host, instead of a `postgres:` address. The module takes connections from it and never ends it. No variable. */
  readonly pool?: HostPool | undefined;
  /**
   * The schema of PostgreSQL that holds the tables, 1 to 63 bytes; it is made when it does not exist. Variable: the parameter `schema` of
   * `STORE_URL`. Defaults to `nestjs_digest`.
   */
  readonly schema?: string | undefined;
  /**
   * Whether the start applies pending migrations of PostgreSQL; otherwise it fails while one is pending. No variable. Defaults to true, and to
   * false with `NODE_ENV=production`: run `npx nestjs-digest migrate` before the new release starts.
   */
  readonly migrate?: boolean | undefined;
  /** `STORE_PATH`: the embedded store's file; `:memory:` keeps nothing. Defaults to `./data/notifications.db`. */
  readonly path?: string | undefined;
  /** `STORE_COMPRESS_MIN_BYTES`: contents of this size or more are kept compressed; 0: none is. Defaults to 0. */
  readonly compressMinBytes?: number | undefined;
  /** `STORE_COMPRESS_LEVEL`: of zlib, 1 (fast) to 9 (small). Defaults to 1. */
  readonly compressLevel?: number | undefined;
}

/** How much may be pending. */
export interface QueueOptions {
  /** `QUEUE_MAX_PENDING`: pending deliveries from which `enqueue` is refused. Defaults to 1 000 000. */
  readonly maxPending?: number | undefined;
}

/** How much memory may be in use. */
export interface MemoryOptions {
  /**
   * `MEMORY_PRESSURE_MB`: resident set, MiB, over which the largest windows are sent early and intake waits. Defaults to 0: no
   * limit.
   */
  readonly pressureMb?: number | undefined;
}

/** What is done at the start with what fell due while nothing ran. */
export interface BacklogOptions {
  /** `BACKLOG_POLICY`: `send`, `collapse` or `expire`. Defaults to `send`. */
  readonly policy?: BacklogPolicy | undefined;
  /** `BACKLOG_MAX_AGE_MS`: what fell due longer ago than this falls under the policy, ms. Defaults to a day. */
  readonly maxAgeMs?: number | undefined;
}

/** How long what ended can be looked up. */
export interface RetentionOptions {
  /** How long finished deliveries can be looked up, ms; at least a day. Defaults to 7 days. No variable. */
  readonly finishedMs?: number | undefined;
  /** How long the history is kept, ms. Defaults to 31 days. No variable. */
  readonly historyMs?: number | undefined;
}

/** The job that deletes what ended. */
export interface CleanupOptions {
  /** `CLEANUP_INTERVAL_MS`: time between two runs of the cleanup job, ms; 0 turns it off. Defaults to 600 000. */
  readonly intervalMs?: number | undefined;
}

const finishedMs: ValueReader<number> = (value, place) =>
  typeof value === 'number' && value >= DAY_MS
    ? value
    : place.refuse(value, `at least ${DAY_MS}, as idempotency keys are kept 24 h`);

/** Whether a value may be a store, as far as can be seen without loading one. */
export function isHostStore(value: unknown): value is HostStore {
  return isRecord(value) && typeof value['claim'] === 'function';
}

const hostStore: ValueReader<HostStore> = (value, place) =>
  isHostStore(value) ? value : place.refuse(value, 'an object of a class that extends NotificationStore');

const hostPool: ValueReader<HostPool> = (value, place) => {
  const isPool = isRecord(value) && typeof value['connect'] === 'function' && typeof value['totalCount'] === 'number';
  return isPool ? (value as unknown as HostPool) : place.refuse(value, 'a Pool of the package pg');
};

/** PostgreSQL cuts off what is longer, and keeps `pg_` for itself. */
const schemaName: ValueReader<string> = (value, place) => {
  const fits = typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= 63 && !value.includes('\0');
  return fits && !/^pg_/i.test(value) ? value : place.refuse(value, '1 to 63 bytes that do not begin with pg_');
};

export const STORE_SETTINGS = {
  use: option<HostStore | undefined>(hostStore, undefined),
  url: secretVariable<StoreAddress | undefined>('STORE_URL', storeAddress, undefined),
  pool: option<HostPool | undefined>(hostPool, undefined),
  schema: option<string | undefined>(schemaName, undefined),
  migrate: option<boolean | undefined>(flag(), undefined),
  path: variable('STORE_PATH', text(/\S/, 'the path of a file, or :memory:'), './data/notifications.db'),
  compressMinBytes: variable('STORE_COMPRESS_MIN_BYTES', wholeNumber(0, 1_000_000), 0),
  compressLevel: variable('STORE_COMPRESS_LEVEL', wholeNumber(1, 9), 1),
} satisfies SettingsOf<StoreOptions>;

export const QUEUE_SETTINGS = {
  maxPending: variable('QUEUE_MAX_PENDING', wholeNumber(1, 100_000_000), 1_000_000),
} satisfies SettingsOf<QueueOptions>;

export const MEMORY_SETTINGS = {
  pressureMb: variable('MEMORY_PRESSURE_MB', wholeNumber(0, 10_000_000), 0),
} satisfies SettingsOf<MemoryOptions>;

export const BACKLOG_SETTINGS = {
  policy: variable<BacklogPolicy>('BACKLOG_POLICY', oneOf(BACKLOG_POLICIES), 'send'),
  maxAgeMs: variable('BACKLOG_MAX_AGE_MS', wholeNumber(1_000, MAX_WINDOW_MS), DAY_MS),
} satisfies SettingsOf<BacklogOptions>;

export const RETENTION_SETTINGS = {
  finishedMs: option(finishedMs, 7 * DAY_MS),
  historyMs: option(wholeNumber(0, Number.MAX_SAFE_INTEGER), 31 * DAY_MS),
} satisfies SettingsOf<RetentionOptions>;

export const CLEANUP_SETTINGS = {
  intervalMs: variable('CLEANUP_INTERVAL_MS', wholeNumber(0, 7 * DAY_MS), 600_000),
} satisfies SettingsOf<CleanupOptions>;
