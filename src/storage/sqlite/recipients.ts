import { type RecipientRow, type RecipientStore } from '../recipient-store.js';
import { type Database } from './database.js';

/** What the table of recipients needs of the store's file. */
interface RecipientFile {
  /** @throws StoreFailedError when it is closed */
  readonly db: () => Database;
  readonly write: <T>(what: string, work: (db: Database) => T) => Promise<T>;
}

/** People and tenants in a table of the store's file. */
export class SqliteRecipients implements RecipientStore {
  constructor(private readonly file: RecipientFile) {}

  async find(keys: readonly string[]): Promise<ReadonlyMap<string, RecipientRow>> {
    const rows = this.file
      .db()
      .sql('SELECT key, version, json FROM recipient WHERE key IN (SELECT value FROM json_each(?))')
      .all(JSON.stringify(keys));
    const found = rows.map(
      (row) => [String(row['key']), { version: Number(row['version']), value: String(row['json']) }] as const,
    );
    return Promise.resolve(new Map(found));
  }

  async put(key: string, value: string, version: number): Promise<boolean> {
    const { changes } = await this.file.write('store a recipient', (db) =>
      version === 0
        ? db.sql('INSERT INTO recipient (key, version, json) VALUES (?, 1, ?) ON CONFLICT (key) DO NOTHING').run(key, value)
        : db.sql('UPDATE recipient SET json = ?, version = version + 1 WHERE key = ? AND version = ?').run(value, key, version),
    );
    return Number(changes) === 1;
  }

  async remove(key: string): Promise<boolean> {
    const { changes } = await this.file.write('remove a recipient', (db) =>
      db.sql('DELETE FROM recipient WHERE key = ?').run(key),
    );
    return Number(changes) === 1;
  }
}
