import { type DeliveryError, type Route } from '../../model/delivery.js';
import { type FailureReason } from '../../model/failure.js';
import { type JsonValue, type NotificationContent, PRIORITIES } from '../../model/notification.js';
import { type Allowance } from '../../model/decisions/arrival.js';
import { type WindowFacts } from '../../model/decisions/closing.js';
import { type CloseReason, type WindowPolicy, type WindowTimes } from '../../model/window.js';

export interface MemoryDelivery {
  readonly id: number;
  /** The id of the first delivery of its notification, which names the notification too. */
  readonly firstId: number;
  /** Whom its address was looked up for. */
  readonly recipient?: string;
  content: NotificationContent;
  readonly acceptedAt: number;
  message: MemoryMessage;
  /** How it ended on its own; undefined while it follows its message. */
  ended?: {
    readonly state: 'cancelled' | 'expired' | 'replaced';
    readonly reason: FailureReason;
    readonly at: number;
  };
}

export interface MemoryMessage {
  readonly id: number;
  readonly channel: string;
  address: string;
  readonly type: string;
  readonly route: Route;
  openedAt: number;
  updatedAt: number;
  /** `ended`: nothing of it was left to send, or its entries went on elsewhere. */
  state: 'gathering' | 'queued' | 'sending' | 'delivered' | 'dead' | 'ended';
  /** In the order of acceptance, those that ended on their own included. */
  deliveries: MemoryDelivery[];
  /** Rank of its priority, from when it was queued. */
  rank: number;
  attempts: number;
  queuedAt: number;
  readyAt: number;
  /** Place in the ready queue; undefined when it is not ready. */
  stamp?: number;
  leaseUntil: number;
  /** Of the claim that holds it. */
  token?: string;
  /** The instance whose claim that is. */
  holder?: string;
  policy?: WindowPolicy;
  lastError?: DeliveryError;
  /** Of the attempts that failed, oldest first. */
  errors?: readonly DeliveryError[];
  /** What the receiver answered when it took it. */
  answer?: string;
  /** When an operator hid it among the dead. */
  dismissedAt?: number;
  /** When and why its window closed. */
  closed?: { readonly at: number; readonly reason: CloseReason };
  /** The replay that queued it again last. */
  replay?: number;
  progress?: JsonValue;
  /** Its number in its channel's sequence. */
  sequence?: number;
  /** Of a window. */
  readonly key?: string;
  readonly groupKey?: string;
  /** The instance that opened it. */
  opener?: string;
  readonly notBefore?: number;
  times: WindowTimes;
}

/** What went out at once instead of being gathered. */
export interface MemoryAllowance extends Allowance {
  readonly key: string;
  readonly opener: MemoryDelivery;
  readonly policy: WindowPolicy;
}

/** A message that gathers. */
export type MemoryWindow = MemoryMessage & { policy: WindowPolicy };

export function isWindow(message: MemoryMessage): message is MemoryWindow {
  return message.state === 'gathering' && message.policy !== undefined;
}

export function windowFacts(window: MemoryWindow): WindowFacts {
  return { ...window, ...window.times, count: live(window).length };
}

/** The deliveries that follow their message. */
export function live(message: MemoryMessage): MemoryDelivery[] {
  return message.deliveries.filter(({ ended }) => ended === undefined);
}

/** Ends one delivery of an open window or a queued message; the last one ends that too. */
export function endAlone(delivery: MemoryDelivery, ended: NonNullable<MemoryDelivery['ended']>): void {
  const { message } = delivery;
  delivery.ended = ended;
  if (live(message).length === 0) message.state = 'ended';
  else if (message.state === 'gathering') return;
  message.updatedAt = ended.at;
}

/** The rank of the most urgent one; the least urgent rank when there is none. */
export function mostUrgent(deliveries: readonly MemoryDelivery[]): number {
  return deliveries.reduce((least, { content }) => Math.min(least, PRIORITIES.indexOf(content.priority)), PRIORITIES.length - 1);
}
