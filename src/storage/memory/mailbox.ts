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

/** The mailbox as a list. */
export class MemoryMailbox implements MailboxStore {
  /** Oldest first. */
  mails: readonly StoredMail[] = [];
  /** Mails that there ever were. */
  total = 0;

  add(mails: readonly MailboxMail[]): Promise<void> {
    const added = mails.map((mail, index) => ({ ...mail, number: this.total + index + 1 }));
    this.total += mails.length;
    this.mails = [...this.mails, ...added].filter(({ number }) => number > this.total - MAILBOX_CAPACITY);
    return Promise.resolve();
  }

  async page(request: PageRequest = {}): Promise<MailboxPage> {
    const before = cursorNumber(request.cursor) ?? Infinity;
    const older = this.mails.filter(({ number }) => number < before).toReversed();
    const items: StoredMail[] = [];
    let characters = 0;
    for (const mail of older.slice(0, pageLimit(request.limit))) {
      characters += JSON.stringify({ ...mail, number: undefined }).length;
      if (items.length > 0 && characters > MAILBOX_PAGE_CHARACTERS) break;
      items.push(mail);
    }
    const last = items.at(-1);
    const more = last !== undefined && items.length < older.length;
    return Promise.resolve({ items, total: this.total, ...(more ? { next: String(last.number) } : {}) });
  }

  get(number: number): Promise<StoredMail | undefined> {
    return Promise.resolve(this.mails.find((mail) => mail.number === number));
  }

  forget(address: string): Promise<number> {
    const kept = this.mails.filter(({ to }) => to !== address);
    const removed = this.mails.length - kept.length;
    this.mails = kept;
    return Promise.resolve(removed);
  }
}
