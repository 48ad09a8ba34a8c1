import { IsIn, IsOptional } from 'class-validator';
import { FAILURE_REASONS, type FailureReason } from '../../model/failure.js';
import { FilteredPageQuery } from './filtered-page.query.js';

/** Which dead deliveries. */
export class DeadLettersQuery extends FilteredPageQuery {
  @IsOptional()
  @IsIn(FAILURE_REASONS)
  readonly reason?: FailureReason;
}
