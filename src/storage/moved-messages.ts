import { type DeliveryError, type Route } from '../model/delivery.js';
import { type FailureReason } from '../model/failure.js';
import { type NotificationPriority } from '../model/notification.js';
import { type CloseReason, type Expiring, type WindowPolicy } from '../model/window.js';

/** What makes an open window. */
export interface MovedGathering {
  /** `windowKey` or `likeWindowKey` of its group. */
  readonly key: string;
  /** The `groupKey` of its entries, where they have one. */
  readonly groupKey?: string;
  /** When its rule said that it closes, epoch ms. */
  readonly plannedAt: number;
  /** When it closes, epoch ms: what recipients prefer and what expires count too. */
  readonly dueAt: number;
  /** What of it expires first. */
  readonly expiring?: Expiring;
  /** The `sendAt` of its entries, epoch ms. */
  readonly notBefore?: number;
  /** When its newest entry came. */
  readonly lastAt: number;
  /** Where content decides the group: the text of its first entry. */
  readonly sample?: string;
}

/** A message, or an open window, which is a message that still gathers. */
export interface MovedMessage {
  /** Tells the kinds of rows apart. */
  readonly kind: 'message';
  /** The number behind the public id. */
  readonly id: number;
  /** Its channel. */
  readonly channel: string;
  /** Its address. */
  readonly address: string;
  /** Its type; that of the first entry where there are several. */
  readonly type: string;
  /** How it goes. */
  readonly route: Route;
  /** `ended`: nothing of it was left to send, or its entries went on in other messages. */
  readonly state: 'gathering' | 'queued' | 'delivered' | 'dead' | 'ended';
  /** Of its place in the queue. */
  readonly priority: NotificationPriority;
  /** Attempts to send it so far. */
  readonly attempts: number;
  /** When its first entry came, epoch ms. */
  readonly openedAt: number;
  /** When it changed last, epoch ms. */
  readonly updatedAt: number;
  /** When it was due to be sent, epoch ms. */
  readonly queuedAt: number;
  /** When the next attempt may be made, epoch ms. */
  readonly readyAt: number;
  /** The time at which one that is ready only in a batch is sent even without others. */
  readonly sendBy?: number;
  /** The rule that it gathers or gathered by; absent where none did. */
  readonly policy?: WindowPolicy;
  /** Attempts that failed, the oldest first. */
  readonly errors: readonly DeliveryError[];
  /** What the receiver answered when it took it. */
  readonly answer?: string;
  /** JSON: what a transport remembers of its last attempt. */
  readonly progress?: string;
  /** The replay that queued it again last. */
  readonly replay?: number;
  /** Its number among the events of its channel. */
  readonly sequence?: number;
  /** When an operator hid it among the dead. */
  readonly dismissedAt?: number;
  /** Of what was a window: when it was due, and how it closed. */
  readonly dueAt?: number;
  /** When and why it closed. */
  readonly closed?: { readonly at: number; readonly by: CloseReason };
  /** Of an open window. */
  readonly gathering?: MovedGathering;
  /** Its live deliveries by their type. */
  readonly types: Readonly<Record<string, number>>;
  /** No delivery of it has a lower or a higher id. */
  readonly first: number;
  /** See `first`. */
  readonly last: number;
  /** The least `expiresAt` of its live deliveries, or an earlier time. */
  readonly expiresAt?: number;
}

/** A delivery. */
export interface MovedDelivery {
  /** Tells the kinds of rows apart. */
  readonly kind: 'delivery';
  /** The number behind the public id. */
  readonly id: number;
  /** The message that it is in. */
  readonly message: number;
  /** The first delivery of its notification. */
  readonly notification: number;
  /** The first delivery that was given this content: a notification on several channels has one for each. */
  readonly content: number;
  /** How many deliveries share its content, as far as that is known: 1 says that it has it alone. */
  readonly sharedBy: number;
  /** Its content was erased, and it has no part in its notification any more. */
  readonly erased: boolean;
  /** Its content; absent where that is lost. */
  readonly json?: string;
  /** When it was accepted, epoch ms. */
  readonly at: number;
  /** When it is no longer worth sending, epoch ms. */
  readonly expiresAt?: number;
  /** `user:ID` of whom an address was looked up for. */
  readonly recipient?: string;
  /** Its priority. */
  readonly priority: NotificationPriority;
  /** Replaces, and is replaced by, others with the same key. */
  readonly dedupeKey?: string;
  /** The `groupKey` that was asked for. */
  readonly groupKey?: string;
  /** How it ended on its own; absent while it follows its message. `reason` is absent where the state says it. */
  readonly ended?: {
    readonly state: 'cancelled' | 'expired' | 'replaced';
    readonly at: number;
    readonly reason?: FailureReason;
  };
}

/** The bytes of an attachment. */
export interface MovedAttachment {
  /** Tells the kinds of rows apart. */
  readonly kind: 'attachment';
  /** The content that names it. */
  readonly content: number;
  /** From 0. */
  readonly number: number;
  /** The whole of it. */
  readonly bytes: Uint8Array;
}

/** What went out at once instead of being gathered, and still counts. */
export interface MovedAllowance {
  /** Tells the kinds of rows apart. */
  readonly kind: 'allowance';
  /** `allowanceKey` */
  readonly key: string;
  /** How many went out at once. */
  readonly sent: number;
  /** When it counts no more, epoch ms. */
  readonly until: number;
  /** The first such delivery. */
  readonly opener: number;
  /** The rule that it counts for. */
  readonly policy: WindowPolicy;
  /** Where content decides the group: the text of its first entry. */
  readonly sample?: string;
}

/** The first answer to an idempotency key. */
export interface MovedAnswer {
  /** Tells the kinds of rows apart. */
  readonly kind: 'answer';
  /** Of the key, and of what was said: 128 bits of SHA-256 each, 32 hexadecimal digits. */
  readonly hash: string;
  /** See `hash`. */
  readonly fingerprint: string;
  /** When the key was used first, epoch ms. */
  readonly at: number;
  /** The deliveries of the answer, in their order. */
  readonly deliveries: readonly {
    readonly id: number;
    readonly address: string;
    readonly message: number;
    readonly route: Route;
    /** Where not all have that of the notification. */
    readonly channel?: string;
  }[];
}

/** A delivery that was given an id in a transaction of the application, and repeated an earlier one. */
export interface MovedRepeat {
  /** Tells the kinds of rows apart. */
  readonly kind: 'repeat';
  /** The id that was given. */
  readonly delivery: number;
  /** The delivery that it stands for. */
  readonly earlier: number;
  /** When it was relayed, epoch ms. */
  readonly at: number;
}
