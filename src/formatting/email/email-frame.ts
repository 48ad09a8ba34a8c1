import { type EmailBrandOptions } from '../../config/email-options.js';

/** What stands around the entries of a mail. */
export interface EmailFrame {
  /** Who the mail is from; stands in its header and footer. */
  readonly brandName?: string | undefined;
  readonly brand?: EmailBrandOptions | undefined;
  /** A link in the footer. */
  readonly unsubscribeUrl?: string | undefined;
  /** To whom the mail goes, for the footer; undefined in one that several readers share. */
  readonly address?: string | undefined;
}
