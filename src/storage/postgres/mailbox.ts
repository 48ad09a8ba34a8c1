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
import { type PostgresConnection } from './connection.js';

interface MailRow {
  readonly number: number;
  readonly json: string;
}

/** The mailbox, one for all instances. Its writes do not wait for the server's disk. */
export class PostgresMailbox implements MailboxStore {
  constructor(private readonly connection: PostgresConnection) {}

  async add(mails: readonly MailboxMail[]): Promise<void> {
    if (mails.length === 0) return;
    // What would be removed at once is not written.
    const kept = mails.slice(-MAILBOX_CAPACITY);
    await this.connection.transaction(
      'keep mails in the mailbox',
      async (queries) => {
        const [row] = await queries.query<{ readonly total: number }>(
          'UPDATE mailbox_total SET total = total + $1 RETURNING total',
          [mails.length],
        );
        const total = row?.total ?? 0;
        const numbers = kept.map((_, index) => total - kept.length + index + 1);
        queries.send('INSERT INTO mailbox (number, address, json) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])', [
          numbers,
          kept.map(({ to }) => to),
          kept.map((mail) => JSON.stringify(mail)),
        ]);
        queries.send('DELETE FROM mailbox WHERE number <= $1', [total - MAILBOX_CAPACITY]);
      },
      { durable: false },
    );
  }

  async page(request: PageRequest = {}): Promise<MailboxPage> {
    const before = cursorNumber(request.cursor) ?? Number.MAX_SAFE_INTEGER;
    const limit = pageLimit(request.limit);
    const { rows, total } = await this.connection.read(
      'read the mailbox',
      async (queries) => ({
        // The running sum ends the page before it becomes too large; its first mail is on it in any case.
        rows: await queries.query<MailRow>(
          `SELECT number, CASE WHEN position <= $2 AND (position = 1 OR characters <= $3) THEN json ELSE '' END AS json FROM (
             SELECT number, json, row_number() OVER newest AS position, sum(length(json)) OVER newest AS characters
             FROM mailbox WHERE number < $1 WINDOW newest AS (ORDER BY number DESC) ORDER BY number DESC LIMIT $2 + 1) AS page
           ORDER BY number DESC`,
          [before, limit, MAILBOX_PAGE_CHARACTERS],
        ),
        total: (await queries.query<{ readonly total: number }>('SELECT total FROM mailbox_total'))[0]?.total ?? 0,
      }),
      { consistent: true },
    );
    const items = rows.filter(({ json }) => json !== '').map(mailOf);
    const last = items.at(-1);
    const next = items.length < rows.length && last !== undefined ? { next: String(last.number) } : {};
    return { items, total, ...next };
  }

  async get(number: number): Promise<StoredMail | undefined> {
    const [row] = await this.connection.read('read a mail', (queries) =>
      queries.query<MailRow>('SELECT number, json FROM mailbox WHERE number = $1', [number]),
    );
    return row === undefined ? undefined : mailOf(row);
  }

  async forget(address: string): Promise<number> {
    return this.connection.transaction('forget mails of an address', (queries) =>
      queries.run('DELETE FROM mailbox WHERE address = $1', [address]),
    );
  }
}

function mailOf({ number, json }: MailRow): StoredMail {
  return { ...(JSON.parse(json) as MailboxMail), number };
}
