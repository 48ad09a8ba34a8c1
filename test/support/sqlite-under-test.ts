import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.js';
import { Database } from '../../src/storage/sqlite/database.js';
import { MAX_PENDING, type StoreUnderTest, T0 } from '../../src/storage/store-bench.conformance.js';

/** A store in a file. A crash leaves it open and goes on with a copy of what is in its files, as `kill -9` leaves them. */
export async function sqliteUnderTest(): Promise<StoreUnderTest> {
  const directory = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
  let crashes = 0;
  const path = (): string => join(directory, `store-${crashes}.db`);
  const open = async (now: number): Promise<SqliteStore> => {
    const opened = new SqliteStore({
      path: path(),
      maxPending: MAX_PENDING,
      // Small enough that some of what the suites accept is compressed, and some is not.
      compression: { minBytes: 100, level: 1 },
    });
    await opened.open(now);
    return opened;
  };
  let store = await open(T0);
  return {
    store,
    reopen: async (how, now) => {
      const dead = store;
      if (how === 'crash') {
        const from = path();
        crashes++;
        for (const suffix of ['', '-wal']) if (existsSync(from + suffix)) cpSync(from + suffix, path() + suffix);
      }
      // Closing what crashed only lets go of its file: nothing reads that again.
      await dead.close();
      return (store = await open(now));
    },
    failAfter: (statements) => failNext(store, statements),
    discard: async () => {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** Has the next transaction of a store fail at a statement, or at its commit when it has fewer. Returns how to stop; that says whether it failed. */
export function failNext(store: SqliteStore, statements: number): () => boolean {
  const { db } = (store as unknown as { readonly store: { readonly db: Database } }).store;
  const { sql, transaction } = Database.prototype;
  let left = statements;
  let failed = false;
  const stop = (): boolean => {
    Reflect.deleteProperty(db, 'sql');
    Reflect.deleteProperty(db, 'transaction');
    return failed;
  };
  const fail = (): never => {
    failed = true;
    stop();
    throw new Error('disk I/O error');
  };
  db.transaction = (work, durable) => {
    db.sql = (text) => (left-- === 0 ? fail() : sql.call(db, text));
    const result: unknown = transaction.call(
      db,
      () => {
        const done = work();
        return left >= 0 ? fail() : done;
      },
      durable,
    );
    return result as never;
  };
  return stop;
}
