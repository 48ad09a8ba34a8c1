import { StoreFailedError } from '../../model/errors.js';
import { quotedSchema } from './identifier.js';
import { ClientPool } from './client-pool.js';
import { type PgListeningClient, type PgTypes } from './pg-client.js';
import { pgFailure } from './pg-failure.js';
import {
  type PostgresLimits,
  POSTGRES_LIMITS,
  type PostgresOptions,
  SURROUNDINGS,
  DEFAULT_SCHEMA,
  placeOf,
  type Surroundings,
} from './postgres-options.js';
import { type Queries, Transaction } from './transaction.js';
import { fateOf, MARK_TRANSACTION, type TransactionMark, UncertainCommitError } from './uncertain-commit.js';

/** A transaction that waits for its caller longer than this is ended by the server, ms: the caller is dead, or its event loop is. */
const IDLE_IN_TRANSACTION_MS = 10_000;
/** The client gives up so much later than the server, ms: then the server does not answer at all. */
const ANSWER_MS = 2_000;
/** The first pause before a transaction is repeated is at most this long, ms; it doubles. */
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;
const MAX_ATTEMPTS = 100;

export interface TransactionOptions {
  /** It waits for the server's disk. False: a crash of the server may forget the last ones. Defaults to true. */
  readonly durable?: boolean;
  /** How long one statement may take, ms. Defaults to the limit of the connection. */
  readonly statementMs?: number;
}

export interface ReadOptions {
  /** All statements see one state of the tables. Defaults to false: each sees what is committed when it begins. */
  readonly consistent?: boolean;
}

/**
 * Transactions on PostgreSQL, over a pool. It uses nothing that outlives a transaction, so PgBouncer may stand between, also in transaction mode:
 * no named statements, no settings or locks of a session.
 */
export class PostgresConnection {
  /** The schema, quoted. */
  readonly schema: string;
  /** Where it is, without the password: for messages. */
  readonly place: string;
  readonly limits: PostgresLimits;
  private readonly clients: ClientPool;
  private types: PgTypes | undefined;

  constructor(
    options: PostgresOptions,
    readonly surroundings: Surroundings = SURROUNDINGS,
  ) {
    this.schema = quotedSchema(options.schema ?? DEFAULT_SCHEMA);
    this.place = placeOf(options);
    this.limits = { ...POSTGRES_LIMITS, ...options.limits };
    this.clients = new ClientPool(options, this.limits.connectMs, surroundings.clock);
  }

  /**
   * Makes the pool; it does not connect. Idempotent.
   *
   * @throws InvalidConfigurationError when `pg` is not installed
   */
  async open(): Promise<void> {
    this.types = await this.clients.open();
  }

  /** A client for what must stay on one connection; it is not connected, and belongs to the caller. @param timeoutMs of everything that it is asked */
  newClient(timeoutMs: number): Promise<PgListeningClient> {
    return this.clients.newClient(timeoutMs);
  }

  /** Ends the pool, unless it is the host's. Idempotent. */
  async close(): Promise<void> {
    await this.clients.close();
  }

  /**
   * Runs `work` in one transaction (READ COMMITTED). When it resolves, the transaction is committed: one whose answer was lost is looked up.
   *
   * @param what completes "the store could not …"
   * @param work may be called several times: conflicts with other transactions and broken connections make the transaction be repeated. What it
   * throws besides rolls the transaction back and is thrown
   * @throws StoreFailedError
   */
  async transaction<T>(what: string, work: (queries: Queries) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const { durable = true, statementMs = this.limits.statementMs } = options;
    return this.repeated(what, { statementMs }, async (transaction) => {
      const began = transaction.execute(this.begin(durable, statementMs));
      const value = await this.worked(began, work, transaction);
      const [mark] = (await began).rows as readonly [TransactionMark];
      const committed = transaction.execute('COMMIT');
      try {
        await transaction.settled();
        // A failed statement that nobody looked at makes COMMIT roll back without an error.
        if ((await committed).command !== 'COMMIT') throw new Error('the transaction was rolled back by a failed statement');
      } catch (error) {
        await committed.catch(ignore);
        if (pgFailure(error) === 'connection') throw new UncertainCommitError(mark, value, error);
        throw error;
      }
      return value;
    });
  }

  /**
   * Reads in one transaction.
   *
   * @param what completes "the store could not …"
   * @throws StoreFailedError
   */
  async read<T>(what: string, work: (queries: Queries) => Promise<T>, options: ReadOptions = {}): Promise<T> {
    const level = options.consistent === true ? 'REPEATABLE READ' : 'READ COMMITTED';
    const { statementMs } = this.limits;
    return this.repeated(what, { statementMs }, async (transaction) => {
      const began = transaction.execute(`BEGIN ISOLATION LEVEL ${level} READ ONLY; ${this.localSettings(statementMs)}`);
      const value = await this.worked(began, work, transaction);
      await transaction.execute('COMMIT');
      return value;
    });
  }

  private begin(durable: boolean, statementMs: number): string {
    const commit = durable ? '' : ' SET LOCAL synchronous_commit = off;';
    return `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; ${this.localSettings(statementMs)}${commit} ${MARK_TRANSACTION}`;
  }

  /** Plans must not depend on the statistics of array parameters, which there are none of. */
  private localSettings(statementMs: number): string {
    const { lockMs } = this.limits;
    return (
      `SET LOCAL search_path = ${this.schema}, pg_temp; SET LOCAL lock_timeout = ${lockMs}; SET LOCAL statement_timeout = ${statementMs}; ` +
      `SET LOCAL idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}; SET LOCAL plan_cache_mode = force_generic_plan;`
    );
  }

  /** The first statement of the work need not wait for the answer to BEGIN. */
  private async worked<T>(began: Promise<unknown>, work: (queries: Queries) => Promise<T>, transaction: Transaction): Promise<T> {
    const [begin, worked] = await Promise.allSettled([began, work(transaction)]);
    if (begin.status === 'rejected') throw begin.reason;
    if (worked.status === 'rejected') throw worked.reason;
    return worked.value;
  }

  private async repeated<T>(
    what: string,
    { statementMs }: Pick<PostgresLimits, 'statementMs'>,
    once: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    const { clock } = this.surroundings;
    const startedAt = clock.now();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.onClient(what, statementMs, once);
      } catch (error) {
        if (error instanceof UncertainCommitError && (await this.wasCommitted(what, error))) return error.value as T;
        const failure = error instanceof UncertainCommitError ? 'connection' : pgFailure(error);
        if (failure === undefined) throw error;
        const over = attempt === MAX_ATTEMPTS || clock.now() - startedAt >= this.limits.repeatMs;
        if (failure === 'refused' || over) throw new StoreFailedError(what, { cause: error });
        await this.pause(attempt);
      }
    }
  }

  private async onClient<T>(what: string, statementMs: number, once: (transaction: Transaction) => Promise<T>): Promise<T> {
    const client = await this.clients.take(what);
    let broken = false;
    const settings = { query_timeout: statementMs + ANSWER_MS, ...(this.types === undefined ? {} : { types: this.types }) };
    const transaction = new Transaction(client, settings);
    try {
      return await once(transaction);
    } catch (error) {
      broken = pgFailure(error) === 'connection' || error instanceof UncertainCommitError || !(await rolledBack(transaction));
      throw error;
    } finally {
      this.clients.giveBack(client, broken);
    }
  }

  /**
   * Whether a transaction whose answer was lost is committed.
   *
   * @throws StoreFailedError when nobody can say
   */
  private async wasCommitted(what: string, { mark, cause }: UncertainCommitError): Promise<boolean> {
    const { clock } = this.surroundings;
    const startedAt = clock.now();
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const fate = await this.onClient('look up a transaction', this.limits.statementMs, (transaction) =>
        fateOf(mark, transaction),
      ).catch((error: unknown) => {
        if (pgFailure(error) === undefined) throw error;
        return undefined;
      });
      if (fate === 'committed' || fate === 'aborted') return fate === 'committed';
      // The server ends a transaction whose client is gone after this time.
      if (fate === 'forgotten' || clock.now() - startedAt >= IDLE_IN_TRANSACTION_MS + this.limits.repeatMs) break;
      await this.pause(attempt);
    }
    throw new StoreFailedError(what, { cause, uncertain: true });
  }

  /** Full jitter: those that met once do not meet again. */
  private pause(attempt: number): Promise<void> {
    const { clock, randomness } = this.surroundings;
    const longestMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
    return new Promise((resolve) => {
      clock.setTimer(Math.ceil(randomness.next() * longestMs), resolve);
    });
  }
}

async function rolledBack(transaction: Transaction): Promise<boolean> {
  return transaction.execute('ROLLBACK').then(
    () => true,
    () => false,
  );
}

function ignore(): void {}
