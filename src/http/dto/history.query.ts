import { IsOptional } from 'class-validator';
import { Decimal } from './decimal.decorator.js';
import { EpochMs } from './epoch-ms.decorator.js';

/** Which part of the past. */
export class HistoryQuery {
  /** Defaults to 24 hours before `to`. */
  @IsOptional()
  @EpochMs()
  readonly from?: number;

  /** Defaults to now. */
  @IsOptional()
  @EpochMs()
  readonly to?: number;

  /** Length of one step, ms; at least a minute. Defaults to an hour. */
  @IsOptional()
  @Decimal(60_000, 31 * 86_400_000)
  readonly stepMs?: number;
}
