import { type Clock, SystemClock } from '../../model/clock.js';
import { type Randomness, SystemRandomness } from '../../model/randomness.js';
import { type PgPool } from './pg-client.js';

export const DEFAULT_SCHEMA = 'nestjs_digest';

/** Where a store on PostgreSQL is, and how long it waits. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with the parameters that node-postgres knows. One of `url` and `pool` is needed. */
  readonly url?: string | undefined;
  /** A `pg.Pool` of the host, instead of `url`. The store takes connections from it and never ends it. */
  readonly pool?: PgPool | undefined;
  /** The schema that holds the tables: 1 to 63 bytes. It is made when it does not exist. Defaults to `nestjs_digest`. */
  readonly schema?: string | undefined;
  /** Most connections of the store's own pool, ≥ 1; a listening one comes on top. Without effect with `pool`. Defaults to 5. */
  readonly poolSize?: number | undefined;
  /** Whether pending migrations are applied at the start; otherwise the store refuses to start while one is pending. Defaults to true. */
  readonly migrate?: boolean | undefined;
  /**
   * `notify`: instances wake each other up by NOTIFY, where it comes through; it does not behind PgBouncer in transaction mode, which is found
   * out. `poll`: they look once a second, as they do in any case. Defaults to `notify`.
   */
  readonly waking?: 'notify' | 'poll' | undefined;
  /** For tests. */
  readonly limits?: Partial<PostgresLimits> | undefined;
}

/** How long the store waits, ms. */
export interface PostgresLimits {
  /** For a connection. */
  readonly connectMs: number;
  /** For a lock of another transaction (`lock_timeout`); then the transaction is repeated. */
  readonly lockMs: number;
  /** For one statement (`statement_timeout`). */
  readonly statementMs: number;
  /** From here on, what fails is not repeated any more. */
  readonly repeatMs: number;
}

export const POSTGRES_LIMITS: PostgresLimits = { connectMs: 5_000, lockMs: 2_000, statementMs: 10_000, repeatMs: 10_000 };

/** Where the store takes time and chance from: waits for the network follow the machine's clock, also where a test moves the clock of the module. */
export interface Surroundings {
  readonly clock: Clock;
  readonly randomness: Randomness;
}

export const SURROUNDINGS: Surroundings = { clock: new SystemClock(), randomness: new SystemRandomness() };

/** Where a store is, without the password: for messages. */
export function placeOf({
  url,
  pool,
  schema = DEFAULT_SCHEMA,
}: {
  readonly url?: string | undefined;
  readonly pool?: object | undefined;
  readonly schema?: string | undefined;
}): string {
  const parsed = url === undefined || pool !== undefined ? null : URL.parse(url);
  const server = parsed === null ? 'the pool of the application' : `${parsed.host}${parsed.pathname}`;
  return `${server}, schema ${JSON.stringify(schema)}`;
}
