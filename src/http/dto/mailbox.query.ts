import { PageCursor, PageLimit } from './page.decorators.js';

/** Which part of the mailbox. */
export class MailboxQuery {
  @PageLimit()
  readonly limit?: number;

  @PageCursor()
  readonly cursor?: string;
}
