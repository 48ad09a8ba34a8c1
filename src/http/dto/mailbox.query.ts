import { OptionalText } from './optional-text.decorator.js';
import { PageCursor, PageLimit } from './page.decorators.js';

/** Which part of the mailbox. */
export class MailboxQuery {
  @PageLimit()
  readonly limit?: number;

  @PageCursor()
  readonly cursor?: string;

  /** Part of a subject, an address or the text, whatever its case. */
  @OptionalText(200)
  readonly q?: string;
}
