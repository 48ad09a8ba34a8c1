import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { MessageFilter } from './message-filter.js';
import { OptionalText } from './optional-text.decorator.js';

/** Which deliveries to cancel: exactly one key, narrowed by channel, type and address. */
export class CancelBody extends MessageFilter {
  @OptionalText(NOTIFICATION_LIMITS.keyCharacters)
  readonly idempotencyKey?: string;

  @OptionalText(NOTIFICATION_LIMITS.keyCharacters)
  readonly groupKey?: string;

  @OptionalText(NOTIFICATION_LIMITS.keyCharacters)
  readonly dedupeKey?: string;
}
