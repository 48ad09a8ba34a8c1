import { type Actor, type JsonObject, type NotificationPriority } from './notification.js';

/** A delivery as programs get it. */
export interface EntryItem {
  readonly id: string;
  readonly type: string;
  /** Absent where the notification had none: it has only data. */
  readonly title?: string;
  readonly body?: string;
  readonly actor?: Actor;
  readonly data?: JsonObject;
  readonly priority: NotificationPriority;
  /** When it was accepted, ISO 8601. */
  readonly at: string;
}
