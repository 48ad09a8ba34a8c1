import { MAX_FILTER_CHARACTERS, MAX_NAME_CHARACTERS, OptionalText } from './optional-text.decorator.js';

/** What a message is of; all of them when empty. */
export class MessageFilter {
  @OptionalText(MAX_NAME_CHARACTERS)
  readonly channel?: string;

  @OptionalText(MAX_NAME_CHARACTERS)
  readonly type?: string;

  @OptionalText(MAX_FILTER_CHARACTERS)
  readonly address?: string;
}
