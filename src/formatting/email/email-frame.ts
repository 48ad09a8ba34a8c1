/** What stands around the entries of a mail. */
export interface EmailFrame {
  /** Who the mail is from; stands in its header and footer. */
  readonly brandName?: string | undefined;
  /** A link in the footer. */
  readonly unsubscribeUrl?: string | undefined;
}
