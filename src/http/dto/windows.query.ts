import { IsOptional, IsString, Length } from 'class-validator';
import { MAX_FILTER_CHARACTERS, PageQuery } from './page.query.js';

/** Which open windows. */
export class WindowsQuery extends PageQuery {
  @IsOptional()
  @IsString()
  @Length(1, 64)
  readonly channel?: string;

  @IsOptional()
  @IsString()
  @Length(1, 64)
  readonly type?: string;

  @IsOptional()
  @IsString()
  @Length(1, MAX_FILTER_CHARACTERS)
  readonly address?: string;

  /** Part of a title, whatever its case. */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  readonly q?: string;
}
