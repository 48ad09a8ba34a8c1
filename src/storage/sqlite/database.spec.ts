import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreLockedError, StoreUnusableError } from '../../model/errors.js';
import { direct, gathered, T0 } from '../store-bench.conformance.js';
import { Database } from './database.js';
import { APPLICATION_ID } from './file-identity.js';
import { SqliteStore } from './sqlite-store.js';

describe('opening the store', () => {
  let directory: string;
  let path: string;
  const opened: SqliteStore[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
    path = join(directory, 'store.db');
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    chmodSync(directory, 0o700);
    rmSync(directory, { recursive: true });
  });

  const create = (): SqliteStore => {
    const store = new SqliteStore({ path, maxPending: 1_000 });
    opened.push(store);
    return store;
  };
  const foreign = (sql: string): Buffer => {
    const db = new DatabaseSync(path);
    db.exec(sql);
    db.close();
    return readFileSync(path);
  };

  it.each([
    ['without a version', 'CREATE TABLE users (id INTEGER)'],
    ['with our version', 'CREATE TABLE users (id INTEGER); PRAGMA user_version = 4'],
    ['with a table of our name', 'CREATE TABLE message (id INTEGER); PRAGMA user_version = 4'],
    ['of a newer version', 'CREATE TABLE users (id INTEGER); PRAGMA user_version = 99'],
    ['with an id', 'CREATE TABLE users (id INTEGER); PRAGMA application_id = 7'],
    ['with an id and nothing else', 'PRAGMA application_id = 7; PRAGMA user_version = 1'],
  ])('refuses the database of another application, and leaves it as it is: %s', async (_, sql) => {
    const before = foreign(sql);
    await expect(create().open(T0)).rejects.toThrow(
      expect.objectContaining({
        name: 'StoreUnusableError',
        message: expect.stringMatching(
          new RegExp(`${path} \\(STORE_PATH, store.path\\) is a database of another application`),
        ) as unknown,
      }),
    );
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(directory)).toEqual(['store.db']);
  });

  it('marks a file as its own before anything else is in it, and takes over one of the first release', async () => {
    await create().open(T0);
    expect(readFileSync(path).readUInt32BE(68)).toBe(APPLICATION_ID);
    await opened.splice(0)[0]?.close();
    writeFileSync(path, gunzipSync(readFileSync('test/fixtures/store-0.1.db.gz')));
    await create().open(T0);
    await opened.splice(0)[0]?.close();
    expect(readFileSync(path).readUInt32BE(68)).toBe(APPLICATION_ID);
  });

  it.each<[name: string, arrange: () => void, message: string]>([
    ['a directory', () => mkdirSync(path), 'is a directory'],
    ['no database', () => writeFileSync(path, 'x'.repeat(5_000)), 'is not a SQLite database'],
    [
      'a part of the path is a file',
      () => {
        writeFileSync(path, '');
        path = join(path, 'store.db');
      },
      'is a file',
    ],
    [
      'damaged',
      () => {
        const db = new DatabaseSync(path);
        db.exec('CREATE TABLE t (x)');
        db.close();
        const file = readFileSync(path);
        writeFileSync(path, file.fill(0xff, 100, 200));
      },
      'is damaged',
    ],
    ['below a directory in which none can be made', () => (path = '/proc/none/store.db'), 'takes no new directory'],
  ])('says which file, what is wrong and what to do: %s', async (_, arrange, message) => {
    arrange();
    const error: unknown = await create()
      .open(T0)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreUnusableError);
    expect((error as Error).message).toContain(`the store ${path} (STORE_PATH, store.path)`);
    expect((error as Error).message).toContain(message);
  });

  it('says of a locked store whether it is open in this process', async () => {
    await create().open(T0);
    const error: unknown = await create()
      .open(T0)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreLockedError);
    expect((error as Error).message).toContain('open in this process already');
  });

  it('creates missing directories', async () => {
    path = join(directory, 'a', 'b', 'store.db');
    await create().open(T0);
    expect(existsSync(path)).toBe(true);
  });

  describe('tells what it found', () => {
    it('a new store, and one that was used before', async () => {
      expect(await create().open(T0)).toEqual({ isNew: true, interrupted: 0 });
      await opened.splice(0)[0]?.close();
      expect(readdirSync(directory)).toEqual(['store.db']);
      expect(await create().open(T0)).toEqual({ isNew: false, interrupted: 0 });
    });

    /** Leaves the files as a killed process does, in their own directory. */
    const crash = async (): Promise<void> => {
      const store = create();
      await store.open(T0);
      await store.accept([direct('a'), direct('b'), gathered('c')], T0);
      await store.claim({ channel: 'email', lane: 'normal', limit: 2, now: T0, leaseMs: 1_000 });
      const files = new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))]));
      await store.close();
      opened.splice(0);
      for (const [name, content] of files) writeFileSync(join(directory, name), content);
    };

    it('what was being sent when the process was killed', async () => {
      await crash();
      expect(await create().open(T0)).toEqual({ isNew: false, interrupted: 2 });
    });

    it.each<[name: string, harm: () => void, missing: string]>([
      ['the log was deleted', () => rmSync(`${path}-wal`), '-wal'],
      ['the log was emptied', () => truncateSync(`${path}-wal`), '-wal'],
      ['the log was overwritten', () => writeFileSync(`${path}-wal`, Buffer.alloc(50_000)), '-wal'],
      ['the file was deleted', () => rmSync(path), 'store.db'],
      ['the file was emptied', () => truncateSync(path), 'store.db'],
    ])('what is lost: %s', async (_, harm, missing) => {
      await crash();
      harm();
      const { loss } = await create().open(T0);
      expect(loss).toContain(missing);
      expect(loss).toContain('is missing');
      await opened.splice(0)[0]?.close();
      expect(await create().open(T0)).not.toHaveProperty('loss');
    });
  });
});

describe('lists', () => {
  const text = 'SELECT value AS b, key AS a FROM meta WHERE key >= ? ORDER BY key';

  it('gives the columns in the order of the query, also where Node knows only objects', () => {
    const db = Database.open(':memory:');
    try {
      db.sql(`INSERT INTO meta (key, value) VALUES ('k1', 'x'), ('k2', 'y')`).run();
      expect(db.lists(text, 'k')).toEqual([
        ['x', 'k1'],
        ['y', 'k2'],
      ]);
      const statement = new DatabaseSync(':memory:').prepare(`SELECT 'x' AS b, 'k1' AS a WHERE ? = 'k'`);
      Object.defineProperty(statement, 'setReturnArrays', { value: undefined });
      db.sql = () => statement;
      expect(db.lists(text, 'k')).toEqual([['x', 'k1']]);
    } finally {
      db.close();
    }
  });
});
