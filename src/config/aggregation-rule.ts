import { type GroupBy, type RenderKeep, type Schedule } from '../model/window.js';

/** One aggregation rule. The most specific match wins: type and channel, then type, then channel. */
export interface AggregationRule {
  /** The type that it is for; absent: every type. */
  readonly type?: string;
  /** The channel that it is for; absent: every channel. The most specific rule wins: type and channel, type, channel. */
  readonly channel?: string;
  /** ms; 0 turns aggregation off for the match. */
  readonly windowMs: number;
  /** A window closes at once when it holds this many; 1..100 000. */
  readonly maxCount: number;
  /** Defaults to `fixed`: closes `windowMs` after its first entry. `sliding`: each entry restarts the quiet period. */
  readonly mode?: 'fixed' | 'sliding';
  /** Longest that a sliding window stays open, ms. Defaults to four times `windowMs`. */
  readonly maxWaitMs?: number;
  /** The first goes out at once, what follows within `windowMs` is gathered. Defaults to false. */
  readonly leading?: boolean;
  /** Fewer at the close: each is sent on its own. Defaults to 1. */
  readonly minCount?: number;
  /** Likeness from which an entry joins a window, 0.3..1: it splits windows by content. 0 or absent: all of the group gathers. */
  readonly similarity?: number;
  /** Defaults to `type`. */
  readonly groupBy?: GroupBy;
  /** Where a notification has no `dedupeKey`, the value at this path of it is one, e.g. `data.server`. */
  readonly dedupeBy?: string;
  /** Closes at the next such time instead of after `windowMs`. */
  readonly schedule?: Schedule;
  /**
   * Where nothing is gathered (`windowMs` 0): what is more than `perAddress` to one address within `windowMs` ms becomes one
   * digest for each `groupKey`, what of it is still queued included. What is critical or has a `sendAt` is neither held nor counted.
   */
  readonly burst?: { readonly perAddress: number; readonly windowMs: number };
  /** How many entries a digest shows (it always counts all), and which. Defaults to 50, `priority`. */
  readonly render?: { readonly limit?: number; readonly keep?: RenderKeep };
}
