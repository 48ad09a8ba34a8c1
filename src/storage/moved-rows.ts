import { type DeliveryError, type DeliveryState, type Route } from '../model/delivery.js';
import { type FailureReason } from '../model/failure.js';
import { type NotificationPriority } from '../model/notification.js';
import { type SuppressionReason } from '../model/suppression.js';
import { type CloseReason, type Expiring, type WindowPolicy } from '../model/window.js';
import { type HistoryRow } from './store-records.js';

/*
 * What a store is made of, in no store's own form: a store that can write these rows and read them can be moved to any other one that can. Numbers
 * are the ids behind the public ids, times are epoch ms, JSON is text as it was stored.
 */

/** What the public ids of the store are made of. */
export interface MovedIdentity {
  readonly kind: 'identity';
  /** Stands in every public id, six characters of `0-9a-z`. */
  readonly tag: string;
  /** The greatest ids that were ever given: the target goes on behind them. */
  readonly newestDelivery: number;
  readonly newestMessage: number;
}

/** Deliveries that were ever accepted, also those that were pruned since. Nothing is being sent in a store that is moved. */
export interface MovedCount {
  readonly kind: 'count';
  readonly channel: string;
  readonly type: string;
  readonly route: Route;
  readonly state: Exclude<DeliveryState, 'sending'>;
  readonly count: number;
}

/** A setting of the shared state: a pause, the rules, a device of push, what a transport remembers. */
export interface MovedSetting {
  readonly kind: 'setting';
  readonly name: string;
  readonly value: string;
}

/** The numbers of a channel's sequence. */
export interface MovedSequence {
  readonly kind: 'sequence';
  readonly channel: string;
  /** The last that was given. */
  readonly last: number;
  /** The greatest whose message was pruned; 0 when none was. */
  readonly pruned: number;
}

export interface MovedHistory extends HistoryRow {
  readonly kind: 'history';
}

/** How many mails the mailbox ever had. */
export interface MovedMailTotal {
  readonly kind: 'mailTotal';
  readonly total: number;
}

export interface MovedMail {
  readonly kind: 'mail';
  readonly number: number;
  readonly address: string;
  readonly json: string;
}

export interface MovedRecipient {
  readonly kind: 'recipient';
  readonly key: string;
  readonly version: number;
  readonly json: string;
}

/** A suppressed address, also one that is suppressed no more. */
export interface MovedSuppression {
  readonly kind: 'suppression';
  /** Of channel and address: 128 bits of SHA-256, 32 hexadecimal digits. The address is '' once it was erased. */
  readonly hash: string;
  readonly channel: string;
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly at: number;
  readonly until?: number;
  readonly note?: string;
  readonly removedAt?: number;
  readonly removedNote?: string;
}

/** When dead letters were replayed. */
export interface MovedReplay {
  readonly kind: 'replay';
  readonly id: number;
  readonly at: number;
}

/** What makes an open window. */
export interface MovedGathering {
  /** `windowKey` or `likeWindowKey` of its group. */
  readonly key: string;
  readonly groupKey?: string;
  readonly plannedAt: number;
  readonly dueAt: number;
  readonly expiring?: Expiring;
  readonly notBefore?: number;
  /** When its newest entry came. */
  readonly lastAt: number;
  /** Where content decides the group: the text of its first entry. */
  readonly sample?: string;
}

/** A message, or an open window, which is a message that still gathers. */
export interface MovedMessage {
  readonly kind: 'message';
  readonly id: number;
  readonly channel: string;
  readonly address: string;
  readonly type: string;
  readonly route: Route;
  /** `ended`: nothing of it was left to send, or its entries went on in other messages. */
  readonly state: 'gathering' | 'queued' | 'delivered' | 'dead' | 'ended';
  /** Of its place in the queue. */
  readonly priority: NotificationPriority;
  readonly attempts: number;
  readonly openedAt: number;
  readonly updatedAt: number;
  readonly queuedAt: number;
  readonly readyAt: number;
  /** The time at which one that is ready only in a batch is sent even without others. */
  readonly sendBy?: number;
  readonly policy?: WindowPolicy;
  /** Attempts that failed, the oldest first. */
  readonly errors: readonly DeliveryError[];
  /** What the receiver answered when it took it. */
  readonly answer?: string;
  /** JSON: what a transport remembers of its last attempt. */
  readonly progress?: string;
  /** The replay that queued it again last. */
  readonly replay?: number;
  readonly sequence?: number;
  /** When an operator hid it among the dead. */
  readonly dismissedAt?: number;
  /** Of what was a window: when it was due, and how it closed. */
  readonly dueAt?: number;
  readonly closed?: { readonly at: number; readonly by: CloseReason };
  /** Of an open window. */
  readonly gathering?: MovedGathering;
  /** Its live deliveries by their type. */
  readonly types: Readonly<Record<string, number>>;
  /** No delivery of it has a lower or a higher id. */
  readonly first: number;
  readonly last: number;
  /** The least `expiresAt` of its live deliveries, or an earlier time. */
  readonly expiresAt?: number;
}

export interface MovedDelivery {
  readonly kind: 'delivery';
  readonly id: number;
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
  readonly at: number;
  readonly expiresAt?: number;
  /** `user:ID` of whom an address was looked up for. */
  readonly recipient?: string;
  readonly priority: NotificationPriority;
  readonly dedupeKey?: string;
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
  readonly kind: 'attachment';
  /** The content that names it. */
  readonly content: number;
  /** From 0. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** What went out at once instead of being gathered, and still counts. */
export interface MovedAllowance {
  readonly kind: 'allowance';
  /** `allowanceKey` */
  readonly key: string;
  readonly sent: number;
  readonly until: number;
  /** The first such delivery. */
  readonly opener: number;
  readonly policy: WindowPolicy;
  /** Where content decides the group: the text of its first entry. */
  readonly sample?: string;
}

/** The first answer to an idempotency key. */
export interface MovedAnswer {
  readonly kind: 'answer';
  /** Of the key, and of what was said: 128 bits of SHA-256 each, 32 hexadecimal digits. */
  readonly hash: string;
  readonly fingerprint: string;
  readonly at: number;
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
  readonly kind: 'repeat';
  readonly delivery: number;
  readonly earlier: number;
  readonly at: number;
}

export type MovedRow =
  | MovedIdentity
  | MovedCount
  | MovedSetting
  | MovedSequence
  | MovedHistory
  | MovedMailTotal
  | MovedMail
  | MovedRecipient
  | MovedSuppression
  | MovedReplay
  | MovedMessage
  | MovedDelivery
  | MovedAttachment
  | MovedAllowance
  | MovedAnswer
  | MovedRepeat;
