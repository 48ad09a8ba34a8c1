import { type DeliveryState, type Route } from '../model/delivery.js';
import { type SuppressionReason } from '../model/suppression.js';
import { type HistoryRow } from './store-records.js';
import {
  type MovedAllowance,
  type MovedAnswer,
  type MovedAttachment,
  type MovedDelivery,
  type MovedMessage,
  type MovedRepeat,
} from './moved-messages.js';

export type * from './moved-messages.js';

/*
 * What a store is made of, in no store's own form: a store that can write these rows and read them can be moved to any other one that can. Numbers
 * are the ids behind the public ids, times are epoch ms, JSON is text as it was stored.
 */

/** What the public ids of the store are made of. */
export interface MovedIdentity {
  /** Tells the kinds of rows apart. */
  readonly kind: 'identity';
  /** Stands in every public id, six characters of `0-9a-z`. */
  readonly tag: string;
  /** The greatest ids that were ever given: the target goes on behind them. */
  readonly newestDelivery: number;
  /** The greatest id of a message that was ever given. */
  readonly newestMessage: number;
}

/** Deliveries that were ever accepted, also those that were pruned since. Nothing is being sent in a store that is moved. */
export interface MovedCount {
  /** Tells the kinds of rows apart. */
  readonly kind: 'count';
  /** Their channel. */
  readonly channel: string;
  /** Their type. */
  readonly type: string;
  /** How they went. */
  readonly route: Route;
  /** The state they are in, or ended in. */
  readonly state: Exclude<DeliveryState, 'sending'>;
  /** How many there are. */
  readonly count: number;
}

/** A setting of the shared state: a pause, the rules, a device of push, what a transport remembers. */
export interface MovedSetting {
  /** Tells the kinds of rows apart. */
  readonly kind: 'setting';
  /** Its name, unlike all others. */
  readonly name: string;
  /** JSON, or what its owner stored. */
  readonly value: string;
}

/** The numbers of a channel's sequence. */
export interface MovedSequence {
  /** Tells the kinds of rows apart. */
  readonly kind: 'sequence';
  /** The channel whose events have numbers. */
  readonly channel: string;
  /** The last that was given. */
  readonly last: number;
  /** The greatest whose message was pruned; 0 when none was. */
  readonly pruned: number;
}

/** A row of the history of statistics. */
export interface MovedHistory extends HistoryRow {
  /** Tells the kinds of rows apart. */
  readonly kind: 'history';
}

/** How many mails the mailbox ever had. */
export interface MovedMailTotal {
  /** Tells the kinds of rows apart. */
  readonly kind: 'mailTotal';
  /** Those that are kept no more included. */
  readonly total: number;
}

/** A mail of the mailbox. */
export interface MovedMail {
  /** Tells the kinds of rows apart. */
  readonly kind: 'mail';
  /** From 1, in the order of their sending. */
  readonly number: number;
  /** Whom it is for. */
  readonly address: string;
  /** JSON: the mail as it was stored. */
  readonly json: string;
}

/** What is kept of a recipient, or of a tenant. */
export interface MovedRecipient {
  /** Tells the kinds of rows apart. */
  readonly kind: 'recipient';
  /** Whose it is, as the store finds it. */
  readonly key: string;
  /** It grows with every change. */
  readonly version: number;
  /** JSON: what is kept. */
  readonly json: string;
}

/** A suppressed address, also one that is suppressed no more. */
export interface MovedSuppression {
  /** Tells the kinds of rows apart. */
  readonly kind: 'suppression';
  /** Of channel and address: 128 bits of SHA-256, 32 hexadecimal digits. The address is '' once it was erased. */
  readonly hash: string;
  /** Its channel. */
  readonly channel: string;
  /** The address; '' once it was erased. */
  readonly address: string;
  /** Why nothing is sent to it. */
  readonly reason: SuppressionReason;
  /** Since when, epoch ms. */
  readonly at: number;
  /** Until when, epoch ms; absent where it has no end. */
  readonly until?: number;
  /** What its author wrote. */
  readonly note?: string;
  /** When it was removed, epoch ms; absent while it holds. */
  readonly removedAt?: number;
  /** What was written when it was removed. */
  readonly removedNote?: string;
}

/** When dead letters were replayed. */
export interface MovedReplay {
  /** Tells the kinds of rows apart. */
  readonly kind: 'replay';
  /** The number behind the public id. */
  readonly id: number;
  /** When, epoch ms. */
  readonly at: number;
}

/** Any row of a store. */
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
