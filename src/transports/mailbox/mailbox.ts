import { Injectable } from '@nestjs/common';
import { type MailboxMail, type MailboxPage } from '../../storage/mailbox-store.js';
import { NotificationStore } from '../../storage/notification-store.js';
import { type PageRequest } from '../../storage/store-queries.js';

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

  private async write(before: Promise<void>): Promise<void> {
    await before.catch(() => undefined);
    const mails = this.waiting;
    this.waiting = [];
    this.writing = this.next ?? Promise.resolve();
    this.next = undefined;
    await this.store.mailbox.add(mails);
  }
}
