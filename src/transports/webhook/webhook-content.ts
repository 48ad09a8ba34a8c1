import { type EntryItem } from '../../model/entry-item.js';

/** One notification in a webhook's body. */
export type WebhookItem = EntryItem;

/** The JSON body, in the shape that Standard Webhooks advises: https://www.standardwebhooks.com. */
export interface WebhookContent {
  /** Of its notifications; `mixed` when there are several. */
  readonly type: string;
  /** When the message became due, ISO 8601. The same on every attempt, as all of the body. */
  readonly timestamp: string;
  /** `notifications` in the order of acceptance. */
  readonly data: {
    readonly count: number;
    /** Oldest first. */
    readonly notifications: readonly WebhookItem[];
  };
}
