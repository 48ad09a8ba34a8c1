import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

/** Latest moment that a JavaScript date knows, epoch ms (ECMA-262 §21.4.1.1). */
const MAX_AT = 8.64e15;

/** A moment as epoch ms, given as such or as ISO 8601. */
function toEpochMs(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return /^\d{1,16}$/.test(value) ? Number(value) : Date.parse(value);
}

const MOMENT = { message: '$property must be a moment in ISO 8601, or in epoch milliseconds' };

/** Which stretch of the past. */
export class HistoryQuery {
  /** Defaults to 24 hours before `to`. */
  @IsOptional()
  @Transform(({ value }) => toEpochMs(value))
  @IsInt(MOMENT)
  @Min(0, MOMENT)
  @Max(MAX_AT, MOMENT)
  readonly from?: number;

  /** Defaults to now. */
  @IsOptional()
  @Transform(({ value }) => toEpochMs(value))
  @IsInt(MOMENT)
  @Min(0, MOMENT)
  @Max(MAX_AT, MOMENT)
  readonly to?: number;

  /** Length of one step, ms; at least a minute. Defaults to an hour. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value))
  @IsInt()
  @Min(60_000)
  @Max(31 * 86_400_000)
  readonly stepMs?: number;
}
