import { type JsonObject } from '../../model/notification.js';

/** What a device gets, as JSON; the service worker shows it. */
export interface PushPayload {
  /** Version of this shape. */
  readonly v: 1;
  /** Names what is shown: a later one with the same `id` takes its place. */
  readonly id: string;
  /** The type of what it tells of. */
  readonly type: string;
  /** Deliveries, repeats and hidden ones included. */
  readonly count: number;
  /** The headline. */
  readonly title: string;
  /** The text below it; absent where there is none. */
  readonly body?: string;
  /** Where a click leads. */
  readonly url?: string;
  /** Some of the entries. */
  readonly items?: readonly { readonly id: string; readonly title: string }[];
  /** `data` of the only notification, when there is room for it. */
  readonly data?: JsonObject;
}

/** What the push transport sends. */
export interface PushContent {
  /** What the worker of the page is given, as JSON. */
  readonly payload: PushPayload;
  /** Sent once when a push service finds the payload too large (413). */
  readonly shorter?: PushPayload;
}
