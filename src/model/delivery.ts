import { type FailureReason } from './failure.js';
import { type NotificationPriority } from './notification.js';
import { type RecipientPlan } from './window.js';

/** How `QueueService` sends a delivery on its way. */
export const ROUTES = ['immediate', 'aggregate', 'batch', 'individual'] as const;
/** How a delivery is sent on its way: at once (`critical`), through a window, in a batch, or by itself. */
export type Route = (typeof ROUTES)[number];

/**
 * The life of one delivery:
 *
 * ```
 * gathering ─▶ queued ─▶ sending ─▶ delivered
 *     │          │ ▲        │
 *     │          │ └─retry──┤
 *     │          │          └────▶ dead ──replay──▶ queued
 *     └──────────┴─▶ cancelled · expired          (and `replaced`, only from gathering)
 * ```
 *
 * What is queued is dead at once when its stored content cannot be read. What is being sent is cancelled only before the transport
 * has it: its recipient is gone, or no longer wants it.
 *
 * One way leads back, before a first attempt: a burst digest gathers what is still queued for its address, and a backlog is
 * collapsed.
 *
 * The store is the only writer. A delivery follows its message's state until it ends on its own.
 */
export const DELIVERY_STATES = [
  'gathering',
  'queued',
  'sending',
  'delivered',
  'dead',
  'cancelled',
  'expired',
  'replaced',
] as const;
/** What a delivery is doing. `delivered`, `dead`, `cancelled`, `expired` and `replaced` are final. */
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** The states that a delivery can have next, by its state. */
export const TRANSITIONS = {
  gathering: ['queued', 'cancelled', 'expired', 'replaced'],
  queued: ['sending', 'gathering', 'cancelled', 'expired', 'dead'],
  sending: ['delivered', 'queued', 'dead', 'cancelled'],
  delivered: [],
  dead: ['queued'],
  cancelled: [],
  expired: [],
  replaced: [],
} as const satisfies Readonly<Record<DeliveryState, readonly DeliveryState[]>>;

/** Stores count by it, so that a transition which the table does not have does not compile. */
export type NextState<From extends DeliveryState> = (typeof TRANSITIONS)[From][number];

/** Whether nothing more happens by itself; only a replay leaves `dead`. */
export function isFinal(state: DeliveryState): boolean {
  return state !== 'gathering' && state !== 'queued' && state !== 'sending';
}

/** Why a delivery or one of its attempts failed. */
export interface DeliveryError {
  /** Of the closed set of reasons. */
  readonly reason: FailureReason;
  /** One line for a person, free of secrets, at most 500 characters. */
  readonly message: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Failed attempts that are kept of a message. */
export const MAX_ERRORS = 20;

/** A delivery as `find` and `GET /notifications/deliveries/:id` show it. Times are ISO 8601. */
export interface DeliveryView {
  /** Of the delivery. */
  readonly id: string;
  /** Of the notification that it was accepted with; its deliveries share it. */
  readonly notificationId: string;
  /** As the caller gave it. */
  readonly type: string;
  /** The channel that it goes out on. */
  readonly channel: string;
  /** The address in the canonical form of the channel; `user:ID` for a recipient. */
  readonly to: string;
  /** `user:ID`, where `to` is an address that was looked up for that recipient when it was accepted. */
  readonly recipient?: string;
  /** As the caller gave it; empty where there was none. */
  readonly title: string;
  /** As the caller gave it. */
  readonly priority: NotificationPriority;
  /** What it is doing. */
  readonly state: DeliveryState;
  /** How it was sent on its way at acceptance. */
  readonly route: Route;
  /** The message that it is in now. */
  readonly messageId: string;
  /** Attempts so far. */
  readonly attempts: number;
  /** When it was accepted. */
  readonly createdAt: string;
  /** When its state changed last. */
  readonly updatedAt: string;
  /** When the receiver took it; only when it is `delivered`. */
  readonly deliveredAt?: string;
  /** Of its last attempt that failed. */
  readonly lastError?: DeliveryError;
  /** The attempts that failed, oldest first, those before a replay included; at most the last 20. */
  readonly errors?: readonly DeliveryError[];
  /** Why it ended otherwise than delivered. */
  readonly reason?: FailureReason;
  /** Of a recipient's delivery: how their preferences plan it. */
  readonly plan?: DeliveryPlan;
}

/** How a recipient's preferences plan a delivery. */
export interface DeliveryPlan extends RecipientPlan {
  /** When it is due, or was, ISO 8601. */
  readonly dueAt: string;
  /** It waits so long at least for being read elsewhere: `ChannelStep.afterMs` of what opened its window. */
  readonly afterMs?: number;
}

/** What `enqueue` answers for one address. */
export interface AcceptedDelivery {
  /** Names the delivery in `find`, `cancel`, events and routes. */
  readonly id: string;
  /** The address as it is stored: in the canonical form of the channel. */
  readonly to: string;
  /** The channel that it goes out on. */
  readonly channel: string;
  /** How it is sent on its way. */
  readonly route: Route;
  /** The message that it joined at acceptance. It may move to another one later: ask `find`. */
  readonly messageId: string;
  /** Whether an earlier notification with this `idempotencyKey` gave this answer. */
  readonly duplicate: boolean;
}

/** What `enqueue` answers for one address with a transaction: which message it joins is decided after the commit. */
export type DeliveryInTransaction = Omit<AcceptedDelivery, 'messageId'>;

/** What `enqueue` answers with a transaction. Nothing of it is there until the transaction is committed. */
export interface NotificationInTransaction {
  /** Shared by all of its deliveries. */
  readonly notificationId: string;
  /** In the order of the channels, and on each in that of the addresses. */
  readonly deliveries: readonly DeliveryInTransaction[];
}

/** What `enqueue` answers. A repeat of an `idempotencyKey` gets the first answer, with `duplicate: true` in each delivery. */
export interface AcceptedNotification {
  /** Shared by all of its deliveries. */
  readonly notificationId: string;
  /** In the order of the channels, and on each in that of the addresses. */
  readonly deliveries: readonly AcceptedDelivery[];
}
