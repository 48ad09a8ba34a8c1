import { type DeliveryError } from '../../model/delivery.js';
import { type NotificationContent } from '../../model/notification.js';
import { unpack } from './packing.js';
import { type DeliveryRow } from './rows.js';

/** Stands for a content whose row is damaged, so that pages and views still show the rest. It is never sent: see `claim`. */
export const UNREADABLE: NotificationContent = {
  type: 'unreadable',
  channel: '',
  title: '(the stored content cannot be read)',
  priority: 'normal',
};

/** What a notification says; {@link UNREADABLE} when its row is damaged. */
export function contentOf({ json }: Pick<DeliveryRow, 'json'>): NotificationContent {
  if (json === null) return UNREADABLE;
  try {
    const content: unknown = JSON.parse(unpack(json));
    return typeof content === 'object' && content !== null ? (content as NotificationContent) : UNREADABLE;
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

/** The number of a delivery's notification: that of the content that its deliveries share, or shared before it was erased. */
export function notificationOf(entry: Pick<DeliveryRow, 'id' | 'content' | 'json'>): number {
  if (entry.content > 0) return entry.content;
  return (contentOf(entry) as Partial<RedactedContent>).notification ?? entry.id;
}

/** The type that a delivery is counted under: that of its message where its content cannot be read. */
export function typeOf(entry: Pick<DeliveryRow, 'json'>, message: { readonly type: string }): string {
  const content = contentOf(entry);
  return content === UNREADABLE ? message.type : content.type;
}

/** Parses JSON that the store wrote about a message; undefined when there is none or its row is damaged. */
export function parsed(json: string | null): unknown {
  if (json === null) return undefined;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

/** The attempts that failed, as `message.errors` lists them. */
export function errorsOf(json: string | null): readonly DeliveryError[] {
  const errors = parsed(json);
  return Array.isArray(errors) ? (errors as DeliveryError[]) : [];
}
