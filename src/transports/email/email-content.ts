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
}
