import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { StoreLockedError, StoreVersionError } from '../../model/errors.js';
import { contentOf } from './content.js';
import { MIGRATIONS } from './schema.js';

/** SQLite's result code for "another connection holds the lock" (https://sqlite.org/rescode.html#busy). */
const SQLITE_BUSY = 5;
/** About 8 MiB of page cache (more is no faster: rows are appended and read again soon); negative means KiB (https://sqlite.org/pragma.html#pragma_cache_size). */
const CACHE_KIB = -8_000;
/** Pages in the write-ahead log before it is copied back: 16 MiB, so that a hot page is copied once for many commits. */
const CHECKPOINT_PAGES = 4_000;

/**
 * The open file: exclusive to this connection, with a write-ahead log. A durable commit is on disk before it returns (`synchronous=FULL`), another one is
 * with the operating system (`NORMAL`, https://sqlite.org/pragma.html#pragma_synchronous).
 */
export class Database {
  private durable = true;
  private readonly statements = new Map<string, StatementSync>();

  private constructor(private readonly db: DatabaseSync) {}

  /** @throws StoreLockedError, StoreVersionError */
  static open(path: string): Database {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    const db = new DatabaseSync(path);
    try {
      lock(db, path);
      migrate(db, path);
    } catch (error) {
      db.close();
      throw error;
    }
    return new Database(db);
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

function lock(db: DatabaseSync, path: string): void {
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL');
    db.exec(`PRAGMA cache_size = ${CACHE_KIB}`);
    // A statement that changes many rows keeps their pages until it is done: in memory, or else it is a file for each.
    db.exec('PRAGMA temp_store = MEMORY');
    db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.exec('BEGIN IMMEDIATE; COMMIT');
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'errcode' in error && Number(error.errcode) % 256 === SQLITE_BUSY) {
      throw new StoreLockedError(path, { cause: error });
    }
    throw error;
  }
}

function migrate(db: DatabaseSync, path: string): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  db.function('group_key_of', (json) => contentOf({ json: json as string | Uint8Array | null }).groupKey ?? null);
  if (version > MIGRATIONS.length) throw new StoreVersionError(path, version, MIGRATIONS.length);
  for (let next = version; next < MIGRATIONS.length; next++) {
    db.exec(`BEGIN; ${MIGRATIONS[next] ?? ''} PRAGMA user_version = ${next + 1}; COMMIT`);
  }
}
