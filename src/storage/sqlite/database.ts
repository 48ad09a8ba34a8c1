import { dirname } from 'node:path';
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { APPLICATION_ID, identify } from './file-identity.js';
import { openFailure } from './open-failure.js';
import { MIGRATIONS } from './schema.js';
import { sqliteLibrary } from './sqlite-library.js';
import { contentOf } from './content.js';
import { makeDirectory, syncDirectory } from './directory.js';

/** About 8 MiB of page cache (more is no faster: rows are appended and read again soon); negative means KiB (https://sqlite.org/pragma.html#pragma_cache_size). */
const CACHE_KIB = -8_000;
/** Pages in the write-ahead log before it is copied back: 16 MiB, so that a hot page is copied once for many commits. */
const CHECKPOINT_PAGES = 4_000;

/** Of Node before 22.16 too, where rows are only objects. */
type AnyStatement = Omit<StatementSync, 'setReturnArrays'> & Partial<Pick<StatementSync, 'setReturnArrays'>>;

/**
 * The open file: exclusive to this connection, with a write-ahead log. A durable commit is on disk before it returns (`synchronous=FULL`), another one is
 * with the operating system (`NORMAL`, https://sqlite.org/pragma.html#pragma_synchronous).
 */
export class Database {
  private durable = true;
  private readonly statements = new Map<string, StatementSync>();

  private constructor(
    private readonly db: DatabaseSync,
    readonly path: string,
    /** It had no tables when it was opened. */
    readonly isNew: boolean,
  ) {}

  /** @throws StoreLockedError, StoreVersionError, StoreUnusableError */
  static open(path: string): Database {
    const opened: { db?: DatabaseSync } = {};
    try {
      const inFile = path !== ':memory:';
      if (inFile) makeDirectory(dirname(path));
      const db = (opened.db = new (sqliteLibrary().DatabaseSync)(path));
      // Nothing is written before it is known whose file this is.
      db.exec('PRAGMA locking_mode = EXCLUSIVE');
      const { version, isNew, isNamed } = identify(db, path);
      prepare(db, isNamed);
      migrate(db, version);
      if (inFile) syncDirectory(dirname(path));
      return new Database(db, path, isNew);
    } catch (error) {
      opened.db?.close();
      throw openFailure(path, error);
    }
  }

  /** A prepared statement, made once for each text. */
  sql(text: string): StatementSync {
    let statement = this.statements.get(text);
    if (statement === undefined) {
      statement = this.db.prepare(text);
      this.statements.set(text, statement);
    }
    return statement;
  }

  /** The rows of a query as lists, in the order of its columns, which costs half of what objects cost. No two columns may have one name. */
  lists(text: string, ...values: readonly SQLInputValue[]): readonly (readonly SQLOutputValue[])[] {
    const statement: AnyStatement = this.sql(text);
    if (statement.setReturnArrays === undefined) return statement.all(...values).map((row) => Object.values(row));
    statement.setReturnArrays(true);
    return statement.all(...values) as unknown as readonly (readonly SQLOutputValue[])[];
  }

  /** False after an error that SQLite rolled back by itself, such as a full disk. */
  get isInTransaction(): boolean {
    return this.db.isTransaction;
  }

  exec(text: string): void {
    this.db.exec(text);
  }

  /**
   * Runs `work` in one transaction; when it or the commit throws, nothing of it is kept.
   *
   * @param durable waits until it is on disk; the next durable one brings along what did not wait
   */
  transaction<T>(work: () => T, durable = true): T {
    if (durable !== this.durable) {
      this.db.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
      this.durable = durable;
    }
    this.db.exec('BEGIN');
    try {
      const result = work();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk rolls back by itself; a second ROLLBACK would hide the first error.
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.statements.clear();
    this.db.close();
  }
}

function prepare(db: DatabaseSync, isNamed: boolean): void {
  // auto_vacuum counts only before the first table, and the id has to be in the file itself before there is a log.
  db.exec('PRAGMA auto_vacuum = INCREMENTAL');
  // A file of the first release has none.
  if (!isNamed) db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  db.exec('PRAGMA journal_mode = WAL');
  db.exec('PRAGMA synchronous = FULL');
  db.exec(`PRAGMA cache_size = ${CACHE_KIB}`);
  // A statement that changes many rows keeps their pages until it is done: in memory, or else it is a file for each.
  db.exec('PRAGMA temp_store = MEMORY');
  db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  db.exec('BEGIN IMMEDIATE; COMMIT');
}

function migrate(db: DatabaseSync, version: number): void {
  db.function('group_key_of', (json) => contentOf({ json: json as string | Uint8Array | null }).groupKey ?? null);
  for (let next = version; next < MIGRATIONS.length; next++) {
    db.exec(`BEGIN; ${MIGRATIONS[next] ?? ''} PRAGMA user_version = ${next + 1}; COMMIT`);
  }
}
