import { TransactionRequiredError } from '../../model/errors.js';
import { TransactionExecutor } from '../transaction-executor.js';

/** Structural types: no library of the application is needed here, whatever its version. */
export interface PgTransactionClient {
  /** Runs a query. */
  query(text: string, values: unknown[]): Promise<unknown>;
  /** `I`: no transaction is open. From pg 8.20. */
  getTransactionStatus?(): string | null | undefined;
}

/** An entity manager of TypeORM, as far as it is used. */
export interface TypeOrmEntityManager {
  /** Runs a query. */
  query(text: string, parameters: unknown[]): Promise<unknown>;
  /** It says whether a transaction is open. */
  readonly queryRunner?: { readonly isTransactionActive: boolean } | undefined;
}

/** A transaction of Prisma, as far as it is used. */
export interface PrismaTransactionClient {
  /** Runs a query. */
  $executeRawUnsafe(text: string, ...values: unknown[]): PromiseLike<unknown>;
}

/** A transaction of Drizzle, as far as it is used. */
export interface DrizzleTransaction<Sql> {
  /** Runs a query. */
  execute(query: Sql): PromiseLike<unknown>;
  /** Only a transaction has it. */
  rollback(): never;
}

/** The tag `sql` of drizzle-orm. */
export type DrizzleTag<Sql> = (strings: TemplateStringsArray, ...values: string[]) => Sql;

/** A transaction of Kysely, as far as it is used. */
export interface KyselyTransaction {
  /** True for a transaction. */
  readonly isTransaction: boolean;
  /** Runs a query. */
  executeQuery(query: never): Promise<unknown>;
}

/** A transaction of Knex, as far as it is used. */
export interface KnexTransaction {
  /** True for a transaction. */
  readonly isTransaction?: boolean;
  /** Whether it has ended. */
  isCompleted(): boolean;
  /** Runs a query. */
  raw(text: string, bindings: readonly string[]): PromiseLike<unknown>;
}

class Executor extends TransactionExecutor {
  constructor(private readonly run: (text: string, values: readonly string[]) => PromiseLike<unknown>) {
    super();
  }

  async insert(text: string, values: readonly string[]): Promise<void> {
    await this.run(text, values);
  }
}

/**
 * A client of node-postgres, after its `BEGIN`.
 *
 * @throws TransactionRequiredError for a pool, and for a client that says that no transaction is open
 */
export function fromPg(client: PgTransactionClient): TransactionExecutor {
  if ('totalCount' in client) throw new TransactionRequiredError('fromPg', 'a pool', 'the client that BEGIN was sent to');
  const check = (): void => {
    if (client.getTransactionStatus?.() === 'I')
      throw new TransactionRequiredError('fromPg', 'a client without an open transaction', 'a client after its BEGIN');
  };
  return new Executor(async (text, values) => {
    check();
    await client.query(text, [...values]);
  });
}

/**
 * The entity manager that `dataSource.transaction` hands out, or that of a query runner whose transaction is open.
 *
 * @throws TransactionRequiredError for any other
 */
export function fromTypeOrm(manager: TypeOrmEntityManager): TransactionExecutor {
  const check = (): void => {
    if (manager.queryRunner?.isTransactionActive !== true)
      throw new TransactionRequiredError(
        'fromTypeOrm',
        'a manager without an open transaction',
        'the manager that dataSource.transaction hands out',
      );
  };
  check();
  return new Executor(async (text, values) => {
    check();
    await manager.query(text, [...values]);
  });
}

/**
 * The client that `prisma.$transaction(async (tx) => …)` hands out.
 *
 * @throws TransactionRequiredError for the client itself
 */
export function fromPrisma(tx: PrismaTransactionClient): TransactionExecutor {
  if ('$connect' in tx)
    throw new TransactionRequiredError('fromPrisma', 'the client', 'what $transaction(async (tx) => …) hands out');
  return new Executor((text, values) => tx.$executeRawUnsafe(text, ...values));
}

/**
 * What `db.transaction(async (tx) => …)` of Drizzle hands out.
 *
 * @param sql the tag that drizzle-orm exports
 * @throws TransactionRequiredError for the database itself
 */
export function fromDrizzle<Sql>(tx: DrizzleTransaction<Sql>, sql: DrizzleTag<Sql>): TransactionExecutor {
  if (typeof (tx as Partial<DrizzleTransaction<Sql>>).rollback !== 'function')
    throw new TransactionRequiredError('fromDrizzle', 'a database', 'what db.transaction(async (tx) => …) hands out');
  return new Executor((text, values) => {
    const strings = text.split(/\$\d+/);
    return tx.execute(sql(Object.assign(strings, { raw: strings }), ...values));
  });
}

/**
 * What `db.transaction().execute(async (trx) => …)` of Kysely hands out.
 *
 * @throws TransactionRequiredError for the database itself
 */
export function fromKysely(trx: KyselyTransaction): TransactionExecutor {
  if (!trx.isTransaction)
    throw new TransactionRequiredError('fromKysely', 'a database', 'what db.transaction().execute(async (trx) => …) hands out');
  return new Executor((text, values) => {
    // As `CompiledQuery.raw` of Kysely makes it.
    const query = { kind: 'RawNode', sqlFragments: [text], parameters: [] };
    return trx.executeQuery({ sql: text, query, parameters: values, queryId: { queryId: 'nestjs-digest' } } as never);
  });
}

/**
 * What `knex.transaction(async (trx) => …)` hands out.
 *
 * @throws TransactionRequiredError for knex itself, and for a transaction that is over
 */
export function fromKnex(trx: KnexTransaction): TransactionExecutor {
  const check = (): void => {
    if (trx.isTransaction !== true || trx.isCompleted())
      throw new TransactionRequiredError('fromKnex', 'no open transaction', 'what knex.transaction(async (trx) => …) hands out');
  };
  check();
  return new Executor(async (text, values) => {
    check();
    await trx.raw(text.replaceAll(/\$\d+/g, '?'), values);
  });
}
