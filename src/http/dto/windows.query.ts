import { FilteredPageQuery } from './filtered-page.query.js';
import { OptionalText } from './optional-text.decorator.js';

/** Which open windows. */
export class WindowsQuery extends FilteredPageQuery {
  /** Part of a title, whatever its case. */
  @OptionalText(200)
  readonly q?: string;
}
