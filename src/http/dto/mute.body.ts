import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { OptionalText } from './optional-text.decorator.js';

/** Until when everything is muted (ISO 8601; without an end when absent), or a `groupKey` of which nothing comes. */
export class MuteBody {
  @OptionalText(100)
  readonly until?: string;

  @OptionalText(NOTIFICATION_LIMITS.keyCharacters)
  readonly groupKey?: string;
}

/** Which mute ends: that of everything, or that of a `groupKey`. */
export class UnmuteQuery {
  @OptionalText(NOTIFICATION_LIMITS.keyCharacters)
  readonly groupKey?: string;
}
