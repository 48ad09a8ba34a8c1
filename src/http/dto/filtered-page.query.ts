import { MAX_FILTER_CHARACTERS, MAX_NAME_CHARACTERS, OptionalText } from './optional-text.decorator.js';
import { PageQuery } from './page.query.js';

/** Which part of a list of what has a channel, a type and an address. */
export class FilteredPageQuery extends PageQuery {
  @OptionalText(MAX_NAME_CHARACTERS)
  readonly channel?: string;

  @OptionalText(MAX_NAME_CHARACTERS)
  readonly type?: string;

  @OptionalText(MAX_FILTER_CHARACTERS)
  readonly address?: string;
}
