import { type Route } from './delivery.js';
import { type CancelReason, type Failure } from './failure.js';
import { type JsonValue, type NotificationContent, type NotificationPriority } from './notification.js';
import { type Recipient } from './recipient.js';
import { type ReaderSettings } from './reader-settings.js';
import { type CloseReason, type WindowPolicy } from './window.js';

/** Two lanes a channel: what is critical never stands behind the rest. */
export const LANES = ['critical', 'normal'] as const;
/** The queue that a message waits in: `critical` ones wait in their own. */
export type Lane = (typeof LANES)[number];

/** One notification for one address, as it stands in a message. */
export interface MessageEntry {
  /** Of the delivery. */
  readonly deliveryId: string;
  /** How it was sent on its way at acceptance. */
  readonly route: Route;
  /** When it was accepted, epoch ms. */
  readonly acceptedAt: number;
  /** What the caller gave. */
  readonly content: NotificationContent;
}

/** The window that a message gathered in. Times are epoch ms. */
export interface MessageWindow {
  /** When its first entry was accepted, epoch ms. */
  readonly openedAt: number;
  /** When it closes by its time, or would have closed. */
  readonly dueAt: number;
  /** When and why it closed; absent while it is open, as in a preview. */
  readonly closedAt?: number;
  /** Why it closed; undefined where that is not known. */
  readonly closedBy?: CloseReason;
}

/**
 * A message that a worker owns until it settles it or the lease ends. Its entries are frozen: every attempt sees the same
 * ones in the same order (the order of acceptance).
 */
export interface ClaimedMessage {
  /** The same on every attempt; transports offer it to the receiver so that a repeat can be told. */
  readonly messageId: string;
  /** The channel that it goes out on. */
  readonly channel: string;
  /** Where it goes on that channel; for a recipient the address that was looked up. */
  readonly address: string;
  /** The type of its first entry. */
  readonly type: string;
  /** The most urgent of its entries. */
  readonly priority: NotificationPriority;
  /** The queue that it waited in. */
  readonly lane: Lane;
  /** Which try this is, from 1. */
  readonly attempt: number;
  /** When its window opened (for a direct message: when it was accepted), epoch ms. */
  readonly openedAt: number;
  /** When it became due, epoch ms. */
  readonly queuedAt: number;
  /** ≥ 1. */
  readonly entries: readonly MessageEntry[];
  /** The policy of its window; undefined for a direct message. */
  readonly policy?: WindowPolicy;
  /** The window that it is; undefined for a direct message, and for one of a window that closed with fewer than its `minCount`. */
  readonly window?: MessageWindow;
  /**
   * What is known of who reads at its address: what its newest notification says, else what the option `readerSettings` answered. Formatters get it;
   * undefined in a store.
   */
  readonly readerSettings?: ReaderSettings;
  /** Which entries belong together, one name an entry, where the option `digest.grouping` said so; undefined in a store. */
  readonly groupNames?: readonly string[];
  /** Of a message to `user:ID`, once its address is known: whom it is for. Undefined in a store. */
  readonly recipient?: Pick<Recipient, 'id' | 'name' | 'tenant'>;
  /** What the transport asked to keep after the last attempt, e.g. which pages were posted. */
  readonly progress?: JsonValue;
}

/** Messages that one worker holds under one lease. */
export interface Claim {
  /** Names this claim in `settle` and `extend`; opaque, and never given to another claim. It means nothing when there are no messages. */
  readonly token: string;
  /** In the order in which they are to be sent. */
  readonly messages: readonly ClaimedMessage[];
  /** The store looked at a part of what is ready, and found the rest of it held; claim again. */
  readonly more?: true;
  /** When something that is held may go, epoch ms, or an earlier time; undefined: nothing is held for a time that is known. */
  readonly heldUntil?: number;
}

/** Longest answer of a receiver that is stored with a delivered message. */
export const MAX_ANSWER_CHARACTERS = 200;

/** How one attempt of one message ended. */
export type Outcome =
  | {
      readonly messageId: string;
      readonly outcome: 'delivered';
      /** The store gives the message the next number of its channel's sequence: see `WorkStore.sequenced`. */
      readonly sequenced?: true;
      /** What the receiver answered; the first 200 characters are stored. */
      readonly answer?: string;
      /** What of it was refused though the rest was accepted: stored like the errors of failed attempts. */
      readonly errors?: readonly Failure[];
    }
  | {
      readonly messageId: string;
      readonly outcome: 'retry';
      readonly failure: Failure;
      /** Not before, epoch ms. */
      readonly retryAt: number;
      readonly progress?: JsonValue;
    }
  | { readonly messageId: string; readonly outcome: 'dead'; readonly failure: Failure }
  /** All of it ends as cancelled, and no attempt is counted: its recipient no longer wants it, or cannot be reached. */
  | { readonly messageId: string; readonly outcome: 'cancelled'; readonly reason: CancelReason }
  /** Given back untouched: the attempt does not count (a breaker opened, the process stops). */
  | {
      readonly messageId: string;
      readonly outcome: 'released';
      readonly retryAt?: number;
      readonly progress?: JsonValue;
    };

/** An outcome under the claim that the message was held by. One per claimed message. */
export type Settlement = Outcome & {
  /** `Claim.token` */
  readonly token: string;
};
