import { type Clock } from '../../model/clock.js';
import { StoreFailedError } from '../../model/errors.js';
import { type PgListeningClient, type PgPool, type PgPoolClient, type PgTypes } from './pg-client.js';
import { pgLibrary } from './pg-library.js';
import { type PostgresOptions } from './postgres-options.js';
import { resultTypes } from './transaction.js';

const POOL_SIZE = 5;
/** A pool of the host may have no limit of its own; ours comes this much later than that of our own pool, ms. */
const LATE_MS = 2_000;

/** Connections: of a pool that the store makes, or of the host's. */
export class ClientPool {
  private pool: PgPool | undefined;

  constructor(
    private readonly options: PostgresOptions,
    private readonly connectMs: number,
    private readonly clock: Clock,
  ) {}

  /**
   * It does not connect. Returns how results are read.
   *
   * @throws InvalidConfigurationError when `pg` is not installed
   */
  async open(): Promise<PgTypes> {
    const { Pool, types } = await pgLibrary();
    if (this.pool === undefined) {
      const { url, pool, poolSize = POOL_SIZE } = this.options;
      const own = { max: poolSize, pipeline: true, keepAlive: true, fallback_application_name: 'nestjs-digest' };
      this.pool = pool ?? new Pool({ connectionString: url, connectionTimeoutMillis: this.connectMs, ...own });
      this.pool.on('error', ignore);
    }
    return resultTypes(types);
  }

  /** A separate client for what must stay on one connection. @param timeoutMs of everything that it is asked */
  async newClient(timeoutMs: number): Promise<PgListeningClient> {
    const { Client } = await pgLibrary();
    const { url, pool } = this.options;
    const where = pool === undefined ? { connectionString: url } : pool.options;
    const own = { keepAlive: true, pipeline: true, fallback_application_name: 'nestjs-digest' };
    return new Client({ ...where, ...own, connectionTimeoutMillis: this.connectMs, query_timeout: timeoutMs });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    const { pool } = this;
    this.pool = undefined;
    if (pool === undefined) return;
    // Our own may still hear of a connection that breaks while it ends.
    if (pool === this.options.pool) pool.removeListener('error', ignore);
    else await pool.end();
  }

  /**
   * A connection that nobody else has. It must be given back.
   *
   * @param what completes "the store could not …"
   * @throws StoreFailedError when the store is closed, and what the pool throws
   */
  async take(what: string): Promise<PgPoolClient> {
    const { pool } = this;
    if (pool === undefined) throw new StoreFailedError(`${what}, because it is closed`);
    const late = Promise.withResolvers<never>();
    const limitMs = this.connectMs + LATE_MS;
    let isLate = false;
    const timer = this.clock.setTimer(limitMs, () => {
      isLate = true;
      late.reject(new Error(`timeout exceeded: the pool gave no connection within ${limitMs} ms`));
    });
    const connecting = pool.connect();
    connecting.then((client) => {
      if (isLate) client.release();
    }, ignore);
    try {
      const client = await Promise.race([connecting, late.promise]);
      // A connection that breaks while nothing is asked of it would end the process.
      client.on('error', ignore);
      return client;
    } finally {
      timer.cancel();
    }
  }

  /** @param broken it is of no use any more */
  giveBack(client: PgPoolClient, broken: boolean): void {
    client.removeListener('error', ignore);
    client.release(broken);
  }
}

function ignore(): void {}
