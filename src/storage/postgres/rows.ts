import { type Allowance } from '../../model/decisions/arrival.js';
import { type WindowFacts } from '../../model/decisions/closing.js';
import { type CloseReason, type Expiring, type WindowPolicy } from '../../model/window.js';
import { type TypeCounts } from './type-counts.js';

/** `message.state`. One that is being sent is `queued`, and stands in neither `ready` nor `scheduled`. The numbers stand in databases. */
export const MESSAGE_STATE = {
  queued: 1,
  delivered: 3,
  dead: 4,
  /** Nothing of it was left to send, or its entries went on in other messages. */
  ended: 5,
} as const;
export type MessageState = (typeof MESSAGE_STATE)[keyof typeof MESSAGE_STATE];

/** What holds deliveries: a window or a message. */
export interface Holder {
  readonly id: number;
  readonly channel: string;
  readonly address: string;
  readonly type: string;
  /** Live deliveries in it. */
  readonly count: number;
  readonly types: TypeCounts;
  /** No delivery of it has a lower or a higher id. */
  readonly first: number;
  readonly last: number;
}

/** A group of like contents, as its window or allowance keeps it. */
export interface LikeGroup {
  /** Hash of the key without what tells its groups apart. */
  readonly base: string;
  /** The key. */
  readonly name: string;
  /** What counts of its first content. */
  readonly sample: string;
}

/** An open window that this transaction has locked or made. Its id is that of its message. */
export interface OpenWindow extends WindowFacts, Holder {
  readonly key: string;
  readonly groupKey?: string;
  readonly opener?: string;
  policy: WindowPolicy;
  plannedAt: number;
  dueAt: number;
  expiring?: Expiring;
  /** `dueAt`, or an earlier time at which it is looked at. */
  lookAt: number;
  count: number;
  /** Least rank of its entries; one that was as urgent left when it is stale. */
  rank: number;
  rankStale: boolean;
  first: number;
  last: number;
  /** When its newest entry was accepted. */
  lastAt: number;
  readonly like?: LikeGroup;
}

/** A message that is no open window. */
export interface Message extends Holder {
  state: MessageState;
  readonly route: number;
  readonly rank: number;
  attempts: number;
  count: number;
  readonly policy: number | null;
  replay: number | null;
  first: number;
  last: number;
  readonly openedAt: number;
  updatedAt: number;
  queuedAt: number;
  readyAt: number;
  /** Least `expiresAt` of its entries, or an earlier one of what ended since. */
  expiresAt: number | null;
  readonly sendBy: number | null;
  /** Of the window that it was; null: it was none. */
  readonly dueAt: number | null;
  readonly closedAt: number | null;
  readonly closedBy: CloseReason | null;
  sequence: number | null;
  address: string;
  /** JSON list of `DeliveryError`. */
  errors: string | null;
  /** What the receiver answered when it took it. */
  answer: string | null;
  progress: string | null;
}

export interface Delivery {
  readonly id: number;
  message: number;
  readonly at: number;
  readonly expiresAt: number | null;
  /** 0: it follows its message. */
  state: number;
  endedAt: number | null;
  reason: string | null;
  readonly rank: number;
  readonly dedupe: string | null;
  readonly groupKey: string | null;
  /** Row of `content` that says it for several deliveries. */
  readonly content: number | null;
  /** The first delivery of its notification; null: itself. */
  readonly notification: number | null;
  /** Whom its address was looked up for. */
  readonly recipient: string | null;
  /** What it says; null: it is lost. */
  readonly json: string | null;
}

/** What went out at once instead of being gathered. */
export interface KeptAllowance extends Allowance {
  readonly key: string;
  /** The first such delivery. */
  readonly opener: number;
  readonly like?: LikeGroup & { readonly similarity: number };
}
