import { MessageFilter } from './message-filter.js';
import { PageCursor, PageLimit } from './page.decorators.js';

/** Which part of a list of what has a channel, a type and an address. */
export class FilteredPageQuery extends MessageFilter {
  @PageLimit()
  readonly limit?: number;

  @PageCursor()
  readonly cursor?: string;
}
