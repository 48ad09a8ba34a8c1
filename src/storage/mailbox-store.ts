import { type StoredAttachment } from '../model/email-attachment.js';
import { type Page, type PageRequest } from './store-queries.js';

/** A mail that is kept instead of being sent. */
export interface MailboxMail {
  /** The sender, as in the header. */
  readonly from: string;
  /** The reader, as in the header. */
  readonly to: string;
  /** Without its encoding. */
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
  /** The plain part. */
  readonly text: string;
  /** The HTML part. */
  readonly html: string;
  /** The attachments of its notification, without their bytes. */
  readonly attachments?: readonly StoredAttachment[];
}

/** A mail with its number in the mailbox, which counts from 1 and is never given twice. */
export interface StoredMail extends MailboxMail {
  /** Larger for a newer mail. */
  readonly number: number;
}

/** A page of mails, the newest first. */
export interface MailboxPage extends Page<StoredMail> {
  /** Mails that were ever added, those that are gone included. */
  readonly total: number;
}

/** Mails that are kept; older ones are removed. */
export const MAILBOX_CAPACITY = 500;
/** Most characters of mails on one page, so that no page takes long; a page has at least one mail. */
export const MAILBOX_PAGE_CHARACTERS = 4 * 1024 * 1024;

/** The built-in mailbox, kept with everything else that the store keeps. */
export interface MailboxStore {
  /**
   * Adds mails, in order, and removes all but the newest 500. Once resolved it survives a process crash; it survives a power
   * failure after the next durable write (see `sync`).
   *
   * @throws StoreFailedError
   */
  add(mails: readonly MailboxMail[]): Promise<void>;
  /** Newest first; at most `limit` mails and 4 Mi characters. @throws InvalidRequestError for a bad cursor */
  page(request?: PageRequest): Promise<MailboxPage>;
  /** Undefined when it was removed, or never added. */
  get(number: number): Promise<StoredMail | undefined>;
  /** Removes the mails to one address; returns how many. */
  forget(address: string): Promise<number>;
}
