import { IsIn, IsOptional } from 'class-validator';
import { FAILURE_REASONS, type FailureReason } from '../../model/failure.js';
import { MessageFilter } from './message-filter.js';

/** Which dead deliveries are grouped. */
export class DeadGroupsQuery extends MessageFilter {
  @IsOptional()
  @IsIn(FAILURE_REASONS)
  readonly reason?: FailureReason;
}
