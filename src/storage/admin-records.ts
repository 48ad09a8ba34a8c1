import { type DeliveryError, type DeliveryState, type DeliveryView } from '../model/delivery.js';
import { type ClaimedMessage } from '../model/message.js';
import { type FailureReason } from '../model/failure.js';
import { type ClosedWindow } from '../model/window.js';

/** What a call of `cancelAll` did. */
export interface CancelReport {
  /** Deliveries that were cancelled. */
  readonly cancelled: number;
  /** Deliveries that match and can no longer be cancelled (of those with an `idempotencyKey`: the final ones too). */
  readonly kept: number;
}

/** What one slice of a command did. `next` is present while there is more to do: the `cursor` of the next slice. */
export type Sliced<Report> = Report & { readonly next?: string };

/** What a call of `flush` did. */
export interface FlushReport {
  /** Windows that closed. */
  readonly closed: readonly ClosedWindow[];
}

/** What a call of `replay` did. */
export interface ReplayReport {
  /** Deliveries that are queued again. */
  readonly replayed: number;
}

/** What new rules did to the windows that were open. */
export interface ApplyRulesReport {
  /** They were full or due by their new rule, or nothing is gathered by it. */
  readonly closed: readonly ClosedWindow[];
  /** Windows that got another policy and stay open. */
  readonly changed: number;
  /** Windows that stay as they were. */
  readonly unchanged: number;
}

/** What a change of preferences did to what waited for a recipient. */
export interface ReplanReport {
  /** They were due or full by the preferences of now. */
  readonly closed: readonly ClosedWindow[];
  /** Windows that are due at another time. */
  readonly moved: number;
  /** Windows that are due when they were. */
  readonly unchanged: number;
  /** Deliveries that no longer come. */
  readonly cancelled: number;
}

/** What a call of `clearBacklog` did. */
export interface BacklogReport {
  /** Windows that closed for it. */
  readonly closed: readonly ClosedWindow[];
  /** Deliveries that were collapsed, and the digests that were made of them. */
  readonly collapsed: number;
  /** Messages that were made of it. */
  readonly messages: number;
  /** Deliveries that expired. */
  readonly expired: number;
}

/** A message with all that the store knows of it. Times are epoch ms. */
export interface MessageRecord {
  /** With those of its deliveries that are shown and did not end on their own. */
  readonly message: ClaimedMessage;
  /** The state that its deliveries have, but for those that ended on their own. */
  readonly state: DeliveryState;
  /** Deliveries that follow it. */
  readonly count: number;
  /** The newest ones, those that ended on their own included, in the order of acceptance. */
  readonly deliveries: readonly DeliveryView[];
  /** Attempts so far, and those that failed, oldest first. */
  readonly attempts: number;
  /** Attempts that failed, the oldest first. */
  readonly errors: readonly DeliveryError[];
  /** What the receiver answered when it took it. */
  readonly answer?: string;
  /** When its state changed last, epoch ms. */
  readonly updatedAt: number;
  /** Of an open window. */
  readonly dueAt?: number;
  /** When and why its window closed. */
  readonly closed?: { readonly at: number; readonly by: string };
}

/** What was erased of an address. Counts are deliveries. */
export interface ForgetReport {
  /** They were pending, and ended. */
  readonly cancelled: number;
  /** Their contents are gone, those of the cancelled ones included. */
  readonly erased: number;
  /** They are being sent, and were left alone. */
  readonly sending: number;
}

/** What a call of `dismiss` did. */
export interface DismissReport {
  /** Deliveries that are hidden from here. */
  readonly dismissed: number;
}

/** A dead message in a few words, for grouping. */
export interface DeadLetter {
  /** Its newest delivery. */
  readonly sampleId: string;
  /** The channel that it was for. */
  readonly channel: string;
  /** The address that it was for. */
  readonly address: string;
  /** As the caller gave it. */
  readonly type: string;
  /** Of the last failure. */
  readonly reason: FailureReason;
  /** What the receiver said last. */
  readonly detail: string;
  /** Deliveries in it. */
  readonly count: number;
  /** When it failed last, epoch ms. */
  readonly at: number;
  /** Whether an operator has dealt with it. */
  readonly dismissed: boolean;
}

/** What an address of a channel got, or a part of it: the parts of an address follow one another, and add up. */
export interface AddressLoad {
  /** In the canonical form of the channel. */
  readonly address: string;
  /** Messages that were sent to it. */
  readonly messages: number;
  /** Deliveries that were accepted for it. */
  readonly deliveries: number;
  /** Deliveries not final. */
  readonly pending: number;
  /** Epoch ms of the last change of a message. */
  readonly lastActivityAt: number;
}

/** What became of the deliveries of one replay; those that expired or were cancelled since are left out. */
export interface ReplayProgress {
  /** Of the replay. */
  readonly id: string;
  /** When it was asked for, ISO 8601. */
  readonly at: string;
  /** Deliveries that were queued again. */
  readonly deliveries: number;
  /** Those of them that were delivered since. */
  readonly delivered: number;
  /** Dead again. */
  readonly dead: number;
  /** Still to come. */
  readonly pending: number;
}
