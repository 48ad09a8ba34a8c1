import { IsString, Length } from 'class-validator';
import { MAX_NAME_CHARACTERS } from './optional-text.decorator.js';
import { PageLimit } from './page.decorators.js';

/** Of which channel, and how many addresses. */
export class AddressesQuery {
  @IsString()
  @Length(1, MAX_NAME_CHARACTERS)
  readonly channel!: string;

  @PageLimit()
  readonly limit?: number;
}
