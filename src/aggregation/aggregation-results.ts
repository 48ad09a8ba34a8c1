import { type CloseShape } from '../model/decisions/closing.js';
import { type Failure } from '../model/failure.js';
import { type CloseReason } from '../model/window.js';

/** What aggregation did since the start, and what gathers now. */
export interface AggregationStatistics {
  /** When the open windows were so, epoch ms. Exact with the embedded store. */
  readonly asOf: number;
  /** Windows that are open. */
  readonly open: number;
  /** Deliveries that gather. */
  readonly items: number;
  /** Age of the oldest open window, ms. */
  readonly oldestAgeMs?: number;
  /** Windows that closed since the start of this instance, by reason; a reason that did not occur is absent. */
  readonly closed: Readonly<Partial<Record<CloseReason, number>>>;
  /** Deliveries of the windows that closed, and those windows. */
  readonly deliveries: number;
  /** Windows that closed since the start of this instance. */
  readonly messages: number;
  /** By how much the messages are fewer than the deliveries, 0..1. */
  readonly reduction: number;
  /** Digests of what was beyond a burst limit, and the deliveries in them. */
  readonly bursts: { readonly messages: number; readonly deliveries: number };
  /** How long a window gathered, ms. */
  readonly timeInBufferMs: { readonly average: number; readonly max: number };
}

/** What an open window would send if it closed now. */
export interface WindowPreview {
  /** Of the message that the window will become. */
  readonly messageId: string;
  /** The channel that it will be sent on. */
  readonly channel: string;
  /** The address that it will be sent to; `user:ID` for a recipient. */
  readonly address: string;
  /** Deliveries in it. */
  readonly count: number;
  /** One digest, or each delivery on its own (`minCount`). */
  readonly shape: CloseShape;
  /** What the channel's formatter makes of it, in all its forms (subject, text and HTML of a mail, say). */
  readonly messages: readonly ({ readonly count: number } & ({ readonly content: unknown } | { readonly failure: Failure }))[];
}

/** What a flush did. */
export interface FlushResult {
  /** Windows that were closed. */
  readonly flushed: number;
  /** Their messages, the first 10 000. */
  readonly messageIds: readonly string[];
  /** The rest is done in the background. */
  readonly more?: boolean;
}

/** What new rules did to the windows that were open. */
export interface ApplyRulesResult {
  /** They were full or due by their new rule, or nothing is gathered by it. */
  readonly closed: number;
  /** Windows that got another rule and stay open. */
  readonly changed: number;
  /** Windows that stay as they were. */
  readonly unchanged: number;
  /** The rest is done in the background. */
  readonly more?: boolean;
}
