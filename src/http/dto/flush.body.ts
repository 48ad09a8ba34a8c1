import { IsOptional, IsString, Length } from 'class-validator';
import { MAX_FILTER_CHARACTERS } from './page.query.js';

/** Which windows to close now; all of them when empty. */
export class FlushBody {
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
}
