import { type Actor, type JsonObject, type NotificationPriority } from './notification.js';

/** A delivery as programs get it. */
export interface EntryItem {
  /** Of the delivery. */
  readonly id: string;
  /** As the caller gave it. */
  readonly type: string;
  /** Absent where the notification had none: it has only data. */
  readonly title?: string;
  /** As the caller gave it; plain text. */
  readonly body?: string;
  /** Who caused it. */
  readonly actor?: Actor;
  /** As the caller gave it. */
  readonly data?: JsonObject;
  /** As the caller gave it. */
  readonly priority: NotificationPriority;
  /** When it was accepted, ISO 8601. */
  readonly at: string;
}
