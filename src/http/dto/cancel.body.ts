import { IsOptional, IsString, Length } from 'class-validator';
import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { FlushBody } from './flush.body.js';

/** Which deliveries to take back: exactly one key, narrowed by channel, type and address. */
export class CancelBody extends FlushBody {
  @IsOptional()
  @IsString()
  @Length(1, NOTIFICATION_LIMITS.keyCharacters)
  readonly idempotencyKey?: string;

  @IsOptional()
  @IsString()
  @Length(1, NOTIFICATION_LIMITS.keyCharacters)
  readonly groupKey?: string;

  @IsOptional()
  @IsString()
  @Length(1, NOTIFICATION_LIMITS.keyCharacters)
  readonly dedupeKey?: string;
}
