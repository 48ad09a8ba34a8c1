import { IsString, Length } from 'class-validator';
import { MAX_FILTER_CHARACTERS, MAX_NAME_CHARACTERS, OptionalText } from './optional-text.decorator.js';
import { PageQuery } from './page.query.js';

/** Whose deliveries. */
export class DeliveriesQuery extends PageQuery {
  @IsString()
  @Length(1, MAX_FILTER_CHARACTERS)
  readonly address!: string;

  @OptionalText(MAX_NAME_CHARACTERS)
  readonly channel?: string;
}
