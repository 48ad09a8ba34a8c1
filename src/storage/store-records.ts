import { type AcceptedNotification, type DeliveryState, type Route } from '../model/delivery.js';
import { type ArrivalPlan } from '../model/decisions/arrival-plan.js';
import { type Lane } from '../model/message.js';
import { type NotificationContent, type NotificationPriority } from '../model/notification.js';
import { type ClosedWindow, type OpeningRule, type RecipientPlan } from '../model/window.js';

export { type CancelReason } from '../model/failure.js';
export { type ClosedWindow, type OpeningRule, type OpeningRules } from '../model/window.js';

/** One validated and routed notification on its way into the store. `dueAtIfOpened` is there when its policy has a `schedule`. */
export interface Acceptance extends Partial<OpeningRule> {
  /** What was asked for, checked. */
  readonly content: NotificationContent;
  /** What the caller said, where rules made something else of it: the idempotency key covers this. */
  readonly said?: NotificationContent;
  /** 1..1000 addresses, distinct; each becomes one delivery. */
  readonly addresses: readonly string[];
  /** How it is sent on its way. */
  readonly route: Route;
  /**
   * Of the window to join. What joins it has the route `aggregate`; what leads it goes out at once by `route`, which is
   * another one only under a burst limit.
   */
  readonly policy?: OpeningRule['policy'];
  /** Most addresses of its channel with open windows; past it those of the least recently active one close early. No limit when absent. */
  readonly maxAddresses?: number;
  /** Sends what gathers in order for its address (`WindowPolicy.ordered`) ahead of it. */
  readonly sendsAhead?: boolean;
  /** Its type is required: of the reasons to suppress its address only a hard bounce stops it. */
  readonly isRequired?: boolean;
  /** The bytes of `content.email.attachments`, in the same order; stored once, apart from the content. */
  readonly attachments?: readonly Uint8Array[];
  /** By address, in the same order: what a recipient's preferences make of it, instead of `route`, `policy` and `dueAtIfOpened`. */
  readonly plans?: readonly (ArrivalPlan | undefined)[];
  /** By address: `user:ID` of whom the address was looked up for; undefined where the address says that itself. */
  readonly recipients?: readonly (string | undefined)[];
  /**
   * The same notification on its other channels: kept together with it or not at all, under one `notificationId`, with one answer in which their
   * deliveries follow. The idempotency key covers all of them.
   */
  readonly also?: readonly Acceptance[];
}

/** Why a store kept nothing of an acceptance. Errors are made of it at the front door, which knows how long a caller should wait. */
export type Refusal =
  | {
      readonly reason: 'queue_full';
      /** Deliveries not final, without those refused. */
      readonly pending: number;
      /** `QUEUE_MAX_PENDING`, without the reserve for what is critical. */
      readonly maxPending: number;
    }
  | {
      readonly reason: 'idempotency_conflict';
      /** It was used within 24 h for a notification with other content. */
      readonly idempotencyKey: string;
    };

/** The answer to one acceptance: its deliveries in the order of its addresses, or why nothing of it was kept. */
export type AcceptResult = AcceptedNotification | { readonly refused: Refusal };

/** What became of a call of `accept`. */
export interface AcceptReport {
  /** One per acceptance, same order. */
  readonly results: readonly AcceptResult[];
  /** Windows that these acceptances filled. */
  readonly closed: readonly ClosedWindow[];
  /** Deliveries that had expired when they came. */
  readonly expired: number;
  /** Deliveries not final, after these. */
  readonly pending: number;
}

/** What an `accept` that is not finished came to besides its results. */
export interface AcceptTally {
  /** Windows that became full by it. */
  readonly closed: ClosedWindow[];
  /** Deliveries that had expired when they came. */
  expired: number;
}

/** What a call of `advance` did. */
export interface AdvanceReport {
  /** Windows that closed. */
  readonly closed: readonly ClosedWindow[];
  /** Deliveries whose `expiresAt` passed. */
  readonly expired: number;
  /** What was accepted in transactions of the application and is committed, with what came of it; none when absent. */
  readonly relayed?: { readonly acceptances: readonly Acceptance[]; readonly results: readonly AcceptResult[] };
  /** There is more that is due at this very `now`; call again. */
  readonly more: boolean;
}

/** What stands ready to be claimed on one channel. */
export interface Readiness {
  /** A channel with work. */
  readonly channel: string;
  /** Messages of the critical lane that are ready. */
  readonly critical: number;
  /** Normal lane, to be sent without delay: digests, `individual` ones, retries. */
  readonly ready: number;
  /** Normal lane, `batch` route, first attempt: they may wait until a batch is full. */
  readonly batchable: number;
  /** When the one of these that has waited longest became ready, epoch ms. */
  readonly oldestBatchableAt?: number;
  /** When one of these must go, epoch ms, because it would expire: see `closeBy`. */
  readonly batchableUntil?: number;
}

/** What a claim leaves alone: ready messages that may not go yet, by their address. They stay ready, and nothing of them is written. */
export interface ClaimHolds {
  /** Addresses with the same key are held together; undefined: the address is never held. It must answer the same for an address every time. */
  keyOf(address: string): string | undefined;
  /**
   * Until when a message of this key must wait, epoch ms; `Infinity` where it is not a matter of time, and every claim asks again; undefined: it
   * may be claimed. A store need not ask again before a time that it was told.
   *
   * @param taken messages of the key that this claim has already
   */
  heldUntil(key: string, taken: number): number | undefined;
}

/** What may be claimed. */
export interface ClaimRequest {
  /** The channel to send on. */
  readonly channel: string;
  /** The queue to take from. */
  readonly lane: Lane;
  /** Most messages to claim, ≥ 1. */
  readonly limit: number;
  /** Epoch ms. */
  readonly now: number;
  /** How long the claim holds unless it is extended; then another worker may claim what was not settled. */
  readonly leaseMs: number;
  /** None when absent. */
  readonly holds?: ClaimHolds;
  /** Types that only a hard bounce stops at a suppressed address: see `isStopped`. None when absent. */
  readonly requiredTypes?: ReadonlySet<string>;
}

/** What a call of `settle` did. */
export interface SettleReport {
  /** Messages that the named claim did not hold, because its lease ended or they were settled before: nothing of them was changed. */
  readonly stale: readonly string[];
}

/** What a call of `extend` did. */
export interface ExtendReport {
  /** Tokens of claims that hold nothing any more: everything of them was settled, or their lease ended. */
  readonly lost: readonly string[];
}

/** An open window as `inspect` and `GET /notifications/windows` show it. Times are ISO 8601. */
export interface WindowView {
  /** Of the message that it will become. */
  readonly messageId: string;
  /** The channel that it will be sent on. */
  readonly channel: string;
  /** The address that it will be sent to; `user:ID` for a recipient. */
  readonly address: string;
  /** The type of its deliveries; that of the first one where it gathers several. */
  readonly type: string;
  /** That its entries share; absent where they have none. */
  readonly groupKey?: string;
  /** Deliveries in it. */
  readonly count: number;
  /** Deliveries at which it closes. */
  readonly maxCount: number;
  /** It gathers what is beyond a burst limit. */
  readonly burst: boolean;
  /** The most urgent of its entries. */
  readonly priority: NotificationPriority;
  /** When its first entry was accepted, epoch ms. */
  readonly openedAt: string;
  /** When its newest entry came. */
  readonly lastActivityAt: string;
  /** When it closes, epoch ms. */
  readonly dueAt: string;
  /** Of a recipient's window: how their preferences plan it. */
  readonly plan?: RecipientPlan;
  /** The newest 100 entries, in the order of acceptance. */
  readonly items: readonly { readonly id: string; readonly title: string }[];
}

/** Deliveries by what they are and where they stand. Sums over `state` are what was accepted. */
export interface CountRow {
  /** Of the deliveries. */
  readonly channel: string;
  /** Of the deliveries. */
  readonly type: string;
  /** Of the deliveries. */
  readonly route: Route;
  /** Of the deliveries. */
  readonly state: DeliveryState;
  /** So many deliveries. */
  readonly count: number;
}

/** Figures of the store at one time. */
export interface StoreSnapshot {
  /** Every combination that has deliveries. */
  readonly counts: readonly CountRow[];
  /** Deliveries not final. */
  readonly pending: number;
  /** Open windows, and the deliveries in them. */
  readonly windows: {
    readonly open: number;
    readonly items: number;
    /** When the oldest open one opened, epoch ms. */
    readonly oldestAt?: number;
  };
  /** Messages ready or waiting for their time, and those being sent. */
  readonly messages: { readonly queued: number; readonly sending: number };
}

/** What an instance knows of the store without asking it. */
export interface KnownSnapshot extends StoreSnapshot {
  /** When it was so, epoch ms: the time of the call with the embedded store, that of the last refresh with a shared one. */
  readonly asOf: number;
}

/** What one address got. */
export interface AddressSnapshot {
  /** Deliveries by state. */
  readonly counts: Readonly<Partial<Record<DeliveryState, number>>>;
  /** Messages made for it: open windows, and whatever came of those that closed; none for a window that was left empty. */
  readonly messagesMade: number;
  /** Messages sent to it, and the deliveries they carried. */
  readonly messagesSent: number;
  /** Deliveries in the messages that were sent. */
  readonly deliveriesSent: number;
  /** Windows that gather for it. */
  readonly openWindows: number;
  /** Sum over its sent messages of the time from acceptance (of the window's first entry) to delivery, ms. */
  readonly totalSendMs: number;
  /** Epoch ms of the last change. */
  readonly lastActivityAt?: number;
}

/** Counters of one interval; the monitoring module defines what the names mean. */
export interface HistoryRow {
  /** Start of the interval, epoch ms. */
  readonly at: number;
  /** Length of the interval, ms. */
  readonly stepMs: number;
  /** e.g. `accepted`, `delivered.email`, `batch_size.email.100`; a sum, so that rows can be added up. */
  readonly name: string;
  /** What was counted, or the state, in the interval. */
  readonly value: number;
}
