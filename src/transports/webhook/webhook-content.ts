import { type Actor, type JsonObject, type NotificationPriority } from '../../model/notification.js';

/** One notification in a webhook's body. */
export interface WebhookItem {
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

/** The JSON body, in the shape that Standard Webhooks advises: https://www.standardwebhooks.com. */
export interface WebhookContent {
  /** Of its notifications; `mixed` when there are several. */
  readonly type: string;
  /** When the message became due, ISO 8601. The same on every try, as all of the body. */
  readonly timestamp: string;
  readonly data: {
    readonly count: number;
    /** Oldest first. */
    readonly notifications: readonly WebhookItem[];
  };
}
