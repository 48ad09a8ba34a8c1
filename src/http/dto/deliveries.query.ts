import { IsString, Length } from 'class-validator';
import { MAX_FILTER_CHARACTERS, MAX_NAME_CHARACTERS, OptionalText } from './optional-text.decorator.js';
import { PageCursor, PageLimit } from './page.decorators.js';

/** Whose deliveries. */
export class DeliveriesQuery {
  @IsString()
  @Length(1, MAX_FILTER_CHARACTERS)
  readonly address!: string;

  @OptionalText(MAX_NAME_CHARACTERS)
  readonly channel?: string;

  @PageLimit()
  readonly limit?: number;

  @PageCursor()
  readonly cursor?: string;
}
