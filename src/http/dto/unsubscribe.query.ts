import { OptionalText } from './optional-text.decorator.js';

/** The token of a link to unsubscribe. */
export class UnsubscribeQuery {
  @OptionalText(8_192)
  readonly t?: string;
}
