import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { FAILURE_REASONS, type FailureReason } from '../../model/failure.js';
import { MAX_FILTER_CHARACTERS, PageQuery } from './page.query.js';

/** Which dead deliveries. */
export class DeadLettersQuery extends PageQuery {
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

  @IsOptional()
  @IsIn(FAILURE_REASONS)
  readonly reason?: FailureReason;
}
