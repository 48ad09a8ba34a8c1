import { type Actor, type JsonObject, type NotificationPriority } from '../../model/notification.js';

/** One notification as an in-app reader gets it. */
export interface SseItem {
  /** Of the delivery. */
  readonly id: string;
  readonly type: string;
  readonly title: string;
  readonly body?: string;
  readonly actor?: Actor;
  readonly data?: JsonObject;
  readonly priority: NotificationPriority;
  /** When it was accepted, ISO 8601. */
  readonly at: string;
}

/** What one message to a user says: the `data` of a `batch` event. */
export interface SseBatch {
  /** The same on every try: a reader that has seen it has seen all of it. */
  readonly batchId: string;
  /** Of its items; `mixed` when there are several. */
  readonly type: string;
  /** Why it came now: it was full, its time was up, or somebody (a critical one, an operator, the stop) sent it on. */
  readonly reason: 'size' | 'time' | 'flush';
  readonly count: number;
  /** Oldest first. */
  readonly events: readonly SseItem[];
}
