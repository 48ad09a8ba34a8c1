import {
  MAILBOX_CAPACITY,
  MAILBOX_PAGE_CHARACTERS,
  type MailboxMail,
  type MailboxPage,
  type MailboxStore,
  type StoredMail,
} from '../mailbox-store.js';
import { cursorNumber, pageLimit } from '../page.js';
import { type PageRequest } from '../store-queries.js';
import { type Database } from './database.js';

/** What the mailbox needs of the store's file. */
interface MailboxFile {
  /** @throws StoreFailedError when it is closed */
  readonly db: () => Database;
  readonly write: <T>(what: string, work: (db: Database) => T) => Promise<T>;
}

/** The mailbox in its own table. Writes join the transaction of the turn, and do not wait for the disk. */
export class SqliteMailbox implements MailboxStore {
  constructor(private readonly file: MailboxFile) {}

  async add(mails: readonly MailboxMail[]): Promise<void> {
    if (mails.length === 0) return;
    await this.file.write('keep mails in the mailbox', (db) => {
      const total = totalOf(db) + mails.length;
      const insert = db.sql('INSERT INTO mailbox (number, address, json) VALUES (?, ?, ?)');
      // What would be removed at once is not written.
      const skipped = Math.max(0, mails.length - MAILBOX_CAPACITY);
      mails.slice(skipped).forEach((mail, index) => {
        insert.run(total - mails.length + skipped + index + 1, mail.to, JSON.stringify(mail));
      });
      db.sql('DELETE FROM mailbox WHERE number <= ?').run(total - MAILBOX_CAPACITY);
      db.sql('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value').run(
        TOTAL,
        String(total),
      );
    });
  }

  async page(request: PageRequest = {}): Promise<MailboxPage> {
    const db = this.file.db();
    const limit = pageLimit(request.limit);
    const rows = db
      .sql('SELECT number, json FROM mailbox WHERE number < ? ORDER BY number DESC LIMIT ?')
      .iterate(cursorNumber(request.cursor) ?? Number.MAX_SAFE_INTEGER, limit + 1);
    const items: StoredMail[] = [];
    let characters = 0;
    let more = false;
    for (const row of rows) {
      characters += String(row['json']).length;
      more = items.length === limit || (items.length > 0 && characters > MAILBOX_PAGE_CHARACTERS);
      if (more) break;
      items.push(mailOf(row));
    }
    const last = items.at(-1);
    const next = more && last !== undefined ? { next: String(last.number) } : {};
    return Promise.resolve({ items, total: totalOf(db), ...next });
  }

  async get(number: number): Promise<StoredMail | undefined> {
    const row = this.file.db().sql('SELECT number, json FROM mailbox WHERE number = ?').get(number);
    return Promise.resolve(row === undefined ? undefined : mailOf(row));
  }

  async forget(address: string): Promise<number> {
    return this.file.write('forget mails of an address', (db) =>
      Number(db.sql('DELETE FROM mailbox WHERE address = ?').run(address).changes),
    );
  }
}

const TOTAL = 'mailbox.total';

function totalOf(db: Database): number {
  return Number(db.sql('SELECT value FROM meta WHERE key = ?').get(TOTAL)?.['value'] ?? 0);
}

function mailOf(row: Readonly<Record<string, unknown>>): StoredMail {
  return { ...(JSON.parse(String(row['json'])) as MailboxMail), number: Number(row['number']) };
}
