/** A rendered mail: what an e-mail formatter makes, and what the e-mail transport and the mailbox take. */
export interface EmailContent {
  /** One line; line breaks become spaces on the wire. */
  readonly subject: string;
  /** The plain text part. */
  readonly text: string;
  /** A whole HTML document. */
  readonly html: string;
  /**
   * Further headers by name (`[A-Za-z0-9-]`, at most 76 characters). Those that the transport writes itself (`From`, `To`,
   * `Subject`, `Date`, `Message-ID`, `MIME-Version`, `Content-*`, `X-Notification-*`, …) are not taken from here.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** Where answers go: `ann@example.com` or `Ann <ann@example.com>`. */
  readonly replyTo?: string;
  /** Addresses of further readers, which all readers see. */
  readonly cc?: readonly string[];
  /** Addresses of further readers, which nobody sees. */
  readonly bcc?: readonly string[];
  /** Files that go with it, beside those of the notification. Such a mail is composed ahead of its turn. */
  readonly attachments?: readonly EmailAttachment[];
  /**
   * Nothing of it is only for one reader: messages that say the same and were accepted at the same time go as one mail to up to 100 readers,
   * who do not see each other (`To: undisclosed-recipients:;`). Each has its own result. Not together with attachments.
   */
  readonly shared?: boolean;
}

/** A file of a mail, as a formatter makes it. */
export interface EmailAttachment {
  /** As the reader sees it. */
  readonly filename: string;
  /** Text (UTF-8) or bytes. */
  readonly content: string | Uint8Array;
  /** By the file's name when absent. */
  readonly contentType?: string;
  /** Shows it where the HTML has `cid:` and this. */
  readonly cid?: string;
}
