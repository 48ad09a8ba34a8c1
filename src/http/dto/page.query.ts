import { Type } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { MAX_FILTER_CHARACTERS, OptionalText } from './optional-text.decorator.js';

/** Which part of a list. */
export class PageQuery {
  /** 1..200; 50 when absent. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  readonly limit?: number;

  /** `next` of the page before. */
  @OptionalText(MAX_FILTER_CHARACTERS)
  @Matches(/^[\w.:=~-]+$/, { message: 'cursor must be the next of the page before' })
  readonly cursor?: string;
}
