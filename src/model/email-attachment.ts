/** A file that goes with the mail of one notification, as the caller gives it: exactly one of `content` and `path`. */
export interface NotificationAttachment {
  /** 1..255 characters on one line, without `/` and `\`. */
  readonly filename: string;
  /** Base64 (RFC 4648 §4), or the bytes themselves. They are copied when the notification is accepted. */
  readonly content?: string | Uint8Array;
  /** Relative to the option `email.attachmentsDir`, a regular file below it. It is read when the notification is accepted. */
  readonly path?: string;
  /** `type/subtype`, with parameters. By the file's name when absent. */
  readonly contentType?: string;
  /** Shows it where the HTML has `cid:` and this: letters, digits and `._@+-`. */
  readonly cid?: string;
}

/** An attachment as a notification is stored with it; its bytes are stored apart, in the same order. */
export interface StoredAttachment {
  /** As the reader sees it. */
  readonly filename: string;
  /** Bytes. */
  readonly size: number;
  /** Of the bytes, hexadecimal: the same content is the same notification for an idempotency key. */
  readonly sha256: string;
  /** MIME; found out by the name where the caller gave none. */
  readonly contentType?: string;
  /** What `cid:` links in the HTML name it by. */
  readonly cid?: string;
}

const MIB = 1024 * 1024;

export const ATTACHMENT_LIMITS = {
  /** Of one notification. */
  count: 50,
  filenameCharacters: 255,
  contentTypeCharacters: 200,
  cidCharacters: 100,
  /** All attachments of a notification that the application enqueues. */
  bytes: 10 * MIB,
  /** The same by HTTP. */
  httpBytes: 2 * MIB,
  /** Most that one batch has in memory of the attachments of its mails; a mail that is larger goes alone. */
  batchBytes: 16 * MIB,
} as const;

/** Bytes of all attachments together. */
export function bytesOf(attachments: readonly Pick<StoredAttachment, 'size'>[]): number {
  return attachments.reduce((sum, { size }) => sum + size, 0);
}
