import { type NotificationContent } from '../../model/notification.js';
import { errorsOf, parsed, parsedContent, UNREADABLE } from '../stored-json.js';
import { unpack } from './packing.js';
import { type DeliveryRow } from './rows.js';

export { errorsOf, parsed, UNREADABLE };

/** What a notification says; `UNREADABLE` when its row is damaged. */
export function contentOf({ json }: Pick<DeliveryRow, 'json'>): NotificationContent {
  if (json === null) return UNREADABLE;
  try {
    return parsedContent(unpack(json));
  } catch {
    return UNREADABLE;
  }
}

/** What is left of an erased content: its row has a number below 0. */
export interface RedactedContent extends NotificationContent {
  /** The number of the content that was erased. */
  readonly notification: number;
}

/** Whether its content was erased: see `forget`. */
export function isRedacted({ content }: Pick<DeliveryRow, 'content'>): boolean {
  return content < 0;
}

/** The number of a delivery's notification: that of its first content, also when the delivery's own was erased. */
export function notificationOf(entry: Pick<DeliveryRow, 'id' | 'content' | 'json' | 'notification'>): number {
  if (entry.content > 0) return entry.notification ?? entry.content;
  return (contentOf(entry) as Partial<RedactedContent>).notification ?? entry.id;
}

/** The type that a delivery is counted under: that of its message where its content cannot be read. */
export function typeOf(entry: Pick<DeliveryRow, 'json'>, message: { readonly type: string }): string {
  const content = contentOf(entry);
  return content === UNREADABLE ? message.type : content.type;
}
