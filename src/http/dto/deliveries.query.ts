import { IsOptional, IsString, Length } from 'class-validator';
import { MAX_FILTER_CHARACTERS, PageQuery } from './page.query.js';

/** Whose deliveries. */
export class DeliveriesQuery extends PageQuery {
  @IsString()
  @Length(1, MAX_FILTER_CHARACTERS)
  readonly address!: string;

  @IsOptional()
  @IsString()
  @Length(1, 64)
  readonly channel?: string;
}
