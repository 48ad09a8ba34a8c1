import { type NotificationAttachment, type StoredAttachment } from './email-attachment.js';

/** What a notification says only for its mail. */
export interface EmailFields {
  /** One line; of the mail when it holds only this notification. */
  readonly subject?: string;
  /** A whole HTML document in place of the built-in look, at most 256 KiB of UTF-8. */
  readonly html?: string;
  /** `ann@example.com` or `Ann <ann@example.com>`. */
  readonly replyTo?: string;
  /** A name in the option `email.accounts`: the mail goes over that server, from that sender. Defaults to the main one. */
  readonly account?: string;
  /** Further readers, which all of them see, and which nobody sees; together at most 50. */
  readonly cc?: readonly string[];
  /** Further receivers that nobody sees. */
  readonly bcc?: readonly string[];
  /** Files that go with the mail: together at most 10 MiB, 2 MiB by HTTP; none in `enqueueMany` and in bulk. */
  readonly attachments?: readonly NotificationAttachment[];
}

/** The same as it is stored. */
export interface StoredEmailFields extends Omit<EmailFields, 'attachments'> {
  /** Their names and sizes; the bytes are stored apart. */
  readonly attachments?: readonly StoredAttachment[];
}

/** A notification, as far as its mail is concerned. */
interface WithEmail {
  readonly email?: StoredEmailFields;
}

export const EMAIL_LIMITS = {
  /** A line has at most 998 characters (RFC 5322 §2.1.1); subjects that people read are shorter. */
  subjectCharacters: 400,
  htmlBytes: 256 * 1024,
  copies: 50,
} as const;

/** Whether a notification needs a separate mail, which no other one can join: it brings its own content, files, or further readers. */
export function isOwnMail({ email }: WithEmail): boolean {
  return email !== undefined && (email.html !== undefined || email.attachments !== undefined || copiesOf(email).length > 0);
}

/** Everybody but the address itself. */
export function copiesOf({ cc = [], bcc = [] }: Pick<EmailFields, 'cc' | 'bcc'>): readonly string[] {
  return [...cc, ...bcc];
}

/** What keeps the mails of one address apart whatever else they have in common; empty when nothing does. */
export function mailScope({ email }: WithEmail): string {
  const { replyTo, account } = email ?? {};
  return replyTo === undefined && account === undefined ? '' : JSON.stringify([account, replyTo]);
}
