import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';

/** Longest value that a filter takes; an address is the longest of them. */
export const MAX_FILTER_CHARACTERS = 2048;

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
  @IsOptional()
  @IsString()
  @Length(1, MAX_FILTER_CHARACTERS)
  @Matches(/^[\w.:=~-]+$/, { message: 'cursor must be the next of the page before' })
  readonly cursor?: string;
}
