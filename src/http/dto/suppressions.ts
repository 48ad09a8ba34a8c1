import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, Length } from 'class-validator';
import { SUPPRESSION_NOTE_CHARACTERS, SUPPRESSION_REASONS, type SuppressionReason } from '../../model/suppression.js';
import { MAX_FILTER_CHARACTERS, MAX_NAME_CHARACTERS, OptionalText } from './optional-text.decorator.js';
import { PageCursor, PageLimit } from './page.decorators.js';

/** Which suppressed addresses. */
export class SuppressionsQuery {
  @OptionalText(MAX_NAME_CHARACTERS)
  readonly channel?: string;

  @OptionalText(MAX_FILTER_CHARACTERS)
  readonly address?: string;

  @IsOptional()
  @IsIn(SUPPRESSION_REASONS)
  readonly reason?: SuppressionReason;

  /** `true`: shows those too that ended by themselves or were removed. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'false' ? false : value === 'true' ? true : value))
  @IsBoolean()
  readonly ended?: boolean;

  @PageLimit()
  readonly limit?: number;

  @PageCursor()
  readonly cursor?: string;
}

class SuppressedAddress {
  @IsString()
  @Length(1, MAX_NAME_CHARACTERS)
  readonly channel!: string;

  @IsString()
  @Length(1, MAX_FILTER_CHARACTERS)
  readonly address!: string;
}

/** An address to suppress. */
export class SuppressionBody extends SuppressedAddress {
  @IsIn(SUPPRESSION_REASONS)
  readonly reason!: SuppressionReason;

  @OptionalText(SUPPRESSION_NOTE_CHARACTERS)
  readonly note?: string;
}

/** An address that may be written to again. */
export class SuppressionRemovalBody extends SuppressedAddress {
  /** Absent: whatever it was suppressed for. */
  @IsOptional()
  @IsIn(SUPPRESSION_REASONS)
  readonly reason?: SuppressionReason;

  @IsString()
  @Length(1, SUPPRESSION_NOTE_CHARACTERS)
  readonly note!: string;
}
