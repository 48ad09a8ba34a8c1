import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type MailboxMail, type MailboxPage, type StoredMail } from '../../storage/mailbox-store.js';
import { NotificationStore } from '../../storage/notification-store.js';
import { type PageRequest } from '../../storage/store-queries.js';

const SEARCHED_AT_ONCE = 50;

/** The last mails, in the store: what a developer looks at while there is no `SMTP_URL`. */
@Injectable()
export class Mailbox {
  private waiting: MailboxMail[] = [];
  private writing: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  constructor(private readonly store: NotificationStore) {}

  /**
   * Resolves once the store has them. What is added while a write is in flight goes with the next one, so that many batches cost one write, and
   * of what is more than the mailbox holds only the newest is written.
   *
   * @throws StoreFailedError
   */
  add(mails: readonly MailboxMail[]): Promise<void> {
    this.waiting.push(...mails);
    this.next ??= this.write(this.writing);
    return this.next;
  }

  /** Newest first. @throws InvalidRequestError for a bad cursor */
  page(request: PageRequest = {}): Promise<MailboxPage> {
    return this.store.mailbox.page(request);
  }

  /**
   * Mails with this part of a subject, an address or the text, whatever its case, newest first. It reads page by page until it has `limit` of them,
   * and may give some more.
   *
   * @throws InvalidRequestError for a bad cursor
   */
  async search(part: string, { limit = SEARCHED_AT_ONCE, cursor }: PageRequest = {}): Promise<MailboxPage> {
    const wanted = part.toLowerCase();
    const items: StoredMail[] = [];
    let next = cursor;
    for (;;) {
      const page = await this.page({ limit: SEARCHED_AT_ONCE, ...(next === undefined ? {} : { cursor: next }) });
      items.push(...page.items.filter((mail) => isLike(mail, wanted)));
      next = page.next;
      if (next === undefined) return { items, total: page.total };
      if (items.length >= limit) return { items, total: page.total, next };
      await nextTurn();
    }
  }

  private async write(before: Promise<void>): Promise<void> {
    await before.catch(() => undefined);
    const mails = this.waiting;
    this.waiting = [];
    this.writing = this.next ?? Promise.resolve();
    this.next = undefined;
    await this.store.mailbox.add(mails);
  }
}

function isLike({ subject, from, to, text }: MailboxMail, wanted: string): boolean {
  return [subject, from, to, text].some((part) => part.toLowerCase().includes(wanted));
}
