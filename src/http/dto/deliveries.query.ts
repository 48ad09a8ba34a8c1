import { IsIn, IsOptional } from 'class-validator';
import { DELIVERY_STATES, type DeliveryState } from '../../model/delivery.js';
import { FAILURE_REASONS, type FailureReason } from '../../model/failure.js';
import { EpochMs } from './epoch-ms.decorator.js';
import { FilteredPageQuery } from './filtered-page.query.js';

/** Which deliveries; all of them when empty. */
export class DeliveriesQuery extends FilteredPageQuery {
  @IsOptional()
  @IsIn(DELIVERY_STATES)
  readonly state?: DeliveryState;

  /** Why they ended otherwise than delivered. */
  @IsOptional()
  @IsIn(FAILURE_REASONS)
  readonly reason?: FailureReason;

  /** Accepted then or later. */
  @IsOptional()
  @EpochMs()
  readonly from?: number;

  /** Accepted before. */
  @IsOptional()
  @EpochMs()
  readonly to?: number;
}
