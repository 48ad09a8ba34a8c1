import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { FAILURE_REASONS, type FailureReason } from '../../model/failure.js';
import { FilteredPageQuery } from './filtered-page.query.js';

/** Which dead deliveries. */
export class DeadLettersQuery extends FilteredPageQuery {
  @IsOptional()
  @IsIn(FAILURE_REASONS)
  readonly reason?: FailureReason;

  /** `true`: shows what was dismissed too. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'false' ? false : value === 'true' ? true : value))
  @IsBoolean()
  readonly dismissed?: boolean;
}
