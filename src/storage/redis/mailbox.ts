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
import { type Changes } from './changes.js';
import { afterVersion } from './redis-state.js';

/** Mails that are read together: one may be large. */
const PART = 10;

/** The mailbox: a hash of mails by their numbers, and their order. */
export class RedisMailbox implements MailboxStore {
  constructor(private readonly changes: Changes) {}

  async add(mails: readonly MailboxMail[]): Promise<void> {
    if (mails.length === 0) return;
    const jsons = mails.map((mail) => JSON.stringify(mail));
    await this.changes.change('keep mails', async ({ tx }) => {
      const before = Number((await tx.get('meta', 'mails')) ?? 0);
      const total = before + jsons.length;
      tx.put('meta', 'mails', String(total));
      const [old] = (await tx.read([['ZRANGE', 'mailn', '-inf', total - MAILBOX_CAPACITY, 'BYSCORE']])) as readonly [
        readonly string[],
      ];
      if (old.length > 0) {
        tx.write('ZREM', 'mailn', ...old);
        tx.write('HDEL', 'mail', ...old);
      }
      for (const [index, json] of jsons.entries()) {
        const number = before + index + 1;
        if (number <= total - MAILBOX_CAPACITY) continue;
        tx.write('HSET', 'mail', number, json);
        tx.write('ZADD', 'mailn', number, number);
      }
    });
  }

  async page(request: PageRequest = {}): Promise<MailboxPage> {
    const what = 'list mails';
    const before = cursorNumber(request.cursor);
    const limit = pageLimit(request.limit);
    const max = before === undefined ? '+inf' : `(${before}`;
    const [stored, found] = await this.changes.read(what, [
      ['HGET', 'meta', 'mails'],
      ['ZRANGE', 'mailn', max, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, limit + 1],
    ]);
    const numbers = found as readonly string[];
    const total = stored === null ? 0 : Number(afterVersion(stored as string));
    const items: StoredMail[] = [];
    let characters = 0;
    for (let at = 0; at < Math.min(limit, numbers.length); at += PART) {
      const part = numbers.slice(at, Math.min(limit, at + PART));
      const [jsons] = (await this.changes.read(what, [['HMGET', 'mail', ...part]])) as readonly [readonly (string | null)[]];
      for (const [index, json] of jsons.entries()) {
        if (json === null) continue;
        characters += json.length;
        if (items.length > 0 && characters > MAILBOX_PAGE_CHARACTERS) return { items, total, next: String(items.at(-1)?.number) };
        items.push({ ...(JSON.parse(json) as MailboxMail), number: Number(part[index]) });
      }
    }
    const last = items.at(-1);
    return { items, total, ...(last !== undefined && numbers.length > limit ? { next: String(last.number) } : {}) };
  }

  async get(number: number): Promise<StoredMail | undefined> {
    const [json] = await this.changes.read('read a mail', [['HGET', 'mail', number]]);
    return json === null ? undefined : { ...(JSON.parse(json as string) as MailboxMail), number };
  }

  async forget(address: string): Promise<number> {
    return this.changes.change('erase mails', async ({ tx }) => {
      // It changes whenever a mail is added.
      await tx.load([['meta', 'mails']]);
      const [numbers] = (await tx.read([['ZRANGE', 'mailn', 0, -1]])) as readonly [readonly string[]];
      let removed = 0;
      for (let at = 0; at < numbers.length; at += PART) {
        const part = numbers.slice(at, at + PART);
        const [jsons] = (await tx.read([['HMGET', 'mail', ...part]])) as readonly [readonly (string | null)[]];
        for (const [index, json] of jsons.entries()) {
          if (json === null || (JSON.parse(json) as MailboxMail).to !== address) continue;
          const number = part[index] ?? '';
          tx.write('HDEL', 'mail', number);
          tx.write('ZREM', 'mailn', number);
          removed++;
        }
      }
      return removed;
    });
  }
}
