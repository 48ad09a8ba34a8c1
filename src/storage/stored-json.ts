import { type DeliveryError } from '../model/delivery.js';
import { type NotificationContent } from '../model/notification.js';

/** Stands for a content whose row is damaged, so that pages and views still show the rest. It is never sent: a claim ends its message as dead. */
export const UNREADABLE: NotificationContent = {
  type: 'unreadable',
  channel: '',
  title: '(the stored content cannot be read)',
  priority: 'normal',
};

/** The failure that a message with an unreadable content ends with. */
export function unreadableFailure(deliveryId: string): { readonly reason: 'unrenderable'; readonly message: string } {
  return { reason: 'unrenderable', message: `the stored content of ${deliveryId} cannot be read` };
}

/** Parses JSON that a store wrote; undefined when there is none or its row is damaged. */
export function parsed(json: string | null): unknown {
  if (json === null) return undefined;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

/** What a notification says; {@link UNREADABLE} when its row is damaged. */
export function parsedContent(json: string | null): NotificationContent {
  const content = parsed(json);
  return typeof content === 'object' && content !== null ? (content as NotificationContent) : UNREADABLE;
}

/** The attempts that failed, as `message.errors` lists them. */
export function errorsOf(json: string | null): readonly DeliveryError[] {
  const errors = parsed(json);
  return Array.isArray(errors) ? (errors as DeliveryError[]) : [];
}
