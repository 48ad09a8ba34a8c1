import { Injectable } from '@nestjs/common';

/** A mail that the built-in mailbox keeps instead of sending it. */
export interface MailboxMail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  /** `X-Notification-Type` */
  readonly type: string;
  /** `X-Notification-Count`: the deliveries that it stands for. */
  readonly count: number;
  /** `Message-ID`, with its brackets. */
  readonly messageId: string;
  /** ISO 8601. */
  readonly date: string;
  /** Every further header. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
}

/** Mails that are kept; older ones are forgotten. */
export const MAILBOX_CAPACITY = 500;

/** The last mails, in memory: what a developer looks at while there is no `SMTP_URL`. */
@Injectable()
export class Mailbox {
  private readonly ring: MailboxMail[] = [];
  private count = 0;

  add(mail: MailboxMail): void {
    this.ring[this.count % MAILBOX_CAPACITY] = mail;
    this.count += 1;
  }

  /** Mails since the start, the forgotten ones included. */
  get total(): number {
    return this.count;
  }

  /** Newest first, at most `limit`. */
  newest(limit: number = MAILBOX_CAPACITY): readonly MailboxMail[] {
    const start = this.count % MAILBOX_CAPACITY;
    const oldestFirst = this.count > MAILBOX_CAPACITY ? [...this.ring.slice(start), ...this.ring.slice(0, start)] : this.ring;
    return oldestFirst.toReversed().slice(0, Math.max(0, limit));
  }
}
