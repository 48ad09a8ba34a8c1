import { type DeliveryError } from '../../model/delivery.js';
import { type JsonValue, type NotificationContent } from '../../model/notification.js';
import { type Holder } from './rows.js';

/** What a delivery says. */
export function contentOf(json: string | null): NotificationContent {
  if (json === null) throw new TypeError('a delivery without content');
  return JSON.parse(json) as NotificationContent;
}

/** The type of an entry; its content is read only when the types of its holder differ. */
export function typeOf(json: string | null, { types, type }: Pick<Holder, 'types' | 'type'>): string {
  if (types.size > 1) return contentOf(json).type;
  const [only = type] = types.keys();
  return only;
}

export function errorsOf(errors: string | null): readonly DeliveryError[] {
  return errors === null ? [] : (JSON.parse(errors) as DeliveryError[]);
}

export function progressOf(progress: string | null): JsonValue | undefined {
  return progress === null ? undefined : (JSON.parse(progress) as JsonValue);
}
