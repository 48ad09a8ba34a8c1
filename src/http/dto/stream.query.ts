import { Transform } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { DEFAULT_TICKET_MS, MAX_TICKET_MS } from '../stream-ticket.js';
import { OptionalText } from './optional-text.decorator.js';

const MAX_USER_CHARACTERS = 200;

/** Whose stream, and how. */
export class StreamQuery {
  @IsString()
  @Length(1, MAX_USER_CHARACTERS)
  readonly user!: string;

  /** `false`: every notification is an event of its own. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'false' ? false : value === 'true' ? true : value))
  @IsBoolean()
  readonly batch?: boolean;

  /** For a first connection that wants the past; a reconnecting one sends the header. */
  @IsOptional()
  @IsString()
  @Length(0, 40)
  readonly lastEventId?: string;

  @OptionalText(100)
  readonly ticket?: string;
}

/** Whom a ticket is for. */
export class TicketBody {
  @IsString()
  @Length(1, MAX_USER_CHARACTERS)
  readonly user!: string;

  @IsOptional()
  @IsInt()
  @Min(1_000)
  @Max(MAX_TICKET_MS)
  readonly ttlMs: number = DEFAULT_TICKET_MS;
}
