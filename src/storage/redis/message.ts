import { type DeliveryError, type Route } from '../../model/delivery.js';
import { type FailureReason } from '../../model/failure.js';
import { type JsonValue, type NotificationContent } from '../../model/notification.js';
import { type CloseReason, type WindowPolicy, type WindowTimes } from '../../model/window.js';

/** States of a message; `ended`: nothing of it was left to send, or its entries went on elsewhere. */
export const MESSAGE_STATES = ['gathering', 'queued', 'sending', 'delivered', 'dead', 'ended'] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/** How a delivery ended apart from its message. */
export type LoneEnd = 'cancelled' | 'expired' | 'replaced';

/** The group of like contents that a window or an allowance opened. */
export interface LikeGroup {
  /** Hash of the key that content does not decide. */
  readonly base: string;
  /** The whole key. */
  readonly name: string;
  /** What counts of its first content. */
  readonly sample: string;
  readonly similarity: number;
  /** The first delivery that it got. */
  readonly opener: number;
}

/** A message, or an open window, which is a message that gathers. Times are epoch ms. Its deliveries are rows of their own. */
export interface Message {
  readonly id: number;
  readonly channel: string;
  address: string;
  readonly type: string;
  readonly route: Route;
  state: MessageState;
  openedAt: number;
  updatedAt: number;
  /** Rank of its priority, from when it was queued. */
  rank: number;
  attempts: number;
  queuedAt: number;
  readyAt: number;
  /** Live deliveries; so many of each type, and of each rank. */
  count: number;
  types: Map<string, number>;
  ranks: number[];
  /** Deliveries that ended alone. */
  gone: Partial<Record<LoneEnd, number>>;
  /** All deliveries, in the order of acceptance; undefined: they stand in a list. */
  ids: number[] | undefined;
  /** How many they are. */
  total: number;
  /** The newest one that joined, and when it was accepted. */
  lastId: number;
  lastAt: number;
  /** When one of them ended alone last. */
  endedAt?: number;
  /** One of them has an `expiresAt`. */
  expires?: true;
  /** One of them has a `dedupeKey`; only while it gathers. */
  keyed?: true;
  /** When a direct one must go, because it would expire: see `closeBy`. */
  sendBy?: number;
  /** Place in the ready queue; undefined when it is not ready. */
  stamp?: number;
  /** Of the claim that holds it. */
  token?: string;
  policy?: WindowPolicy;
  /** Of the attempts that failed, oldest first. */
  errors?: readonly DeliveryError[];
  answer?: string;
  dismissedAt?: number;
  closed?: { readonly at: number; readonly reason: CloseReason };
  replay?: number;
  progress?: JsonValue;
  sequence?: number;
  /** Of an open window: hash of its group. */
  key?: string;
  readonly groupKey?: string;
  readonly opener?: string;
  readonly notBefore?: number;
  /** Of a window, also when it is closed. */
  times?: WindowTimes;
  like?: LikeGroup;
}

/** A message that gathers. */
export type OpenWindow = Message & { policy: WindowPolicy; times: WindowTimes; key: string };

export interface Delivery {
  readonly id: number;
  message: number;
  /** The id of the first delivery of its notification, which names the notification too. */
  readonly firstId: number;
  content: NotificationContent;
  readonly acceptedAt: number;
  /** The first delivery of those that share its content, which is stored once; undefined: it has its own. */
  sharedBy: number | undefined;
  /** Whom its address was looked up for. */
  recipient?: string;
  /** How it ended on its own; undefined while it follows its message. */
  ended?: { readonly state: LoneEnd; readonly reason: FailureReason; readonly at: number };
}

export function isWindow(message: Message | undefined): message is OpenWindow {
  return message?.state === 'gathering' && message.policy !== undefined && message.times !== undefined;
}

export function isLive({ ended }: Delivery): boolean {
  return ended === undefined;
}

export function isPending({ state }: Message): boolean {
  return state === 'gathering' || state === 'queued' || state === 'sending';
}
