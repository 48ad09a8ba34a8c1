import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsOptional, IsString, Length } from 'class-validator';
import { FAILURE_REASONS, type FailureReason } from '../../model/failure.js';
import { MessageFilter } from './message-filter.js';

/** Which dead deliveries to send again, or to dismiss; all of them when empty. */
export class ReplayBody extends MessageFilter {
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10_000)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  readonly ids?: readonly string[];

  /** Of the last attempt. */
  @IsOptional()
  @IsIn(FAILURE_REASONS)
  readonly reason?: FailureReason;
}
