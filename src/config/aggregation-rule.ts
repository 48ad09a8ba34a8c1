import { type GroupBy, type RenderKeep, type Schedule } from '../model/window.js';

/** One aggregation rule. The most specific match wins: type and channel, then type, then channel. */
export interface AggregationRule {
  readonly type?: string;
  readonly channel?: string;
  /** ms; 0 turns aggregation off for the match. */
  readonly windowMs: number;
  /** A window closes at once when it holds this many; 1..100 000. */
  readonly maxCount: number;
  /** Defaults to `fixed`: closes `windowMs` after its first entry. `sliding`: each entry starts the quiet time anew. */
  readonly mode?: 'fixed' | 'sliding';
  /** Longest that a sliding window stays open, ms. Defaults to four times `windowMs`. */
  readonly maxWaitMs?: number;
  /** The first goes out at once, what follows within the window is gathered. Defaults to false. */
  readonly leading?: boolean;
  /** Fewer at the close: each is sent on its own. Defaults to 1. */
  readonly minCount?: number;
  /** Likeness from which an entry joins a group, 0..1. */
  readonly similarity?: number;
  /** Defaults to `type`. */
  readonly groupBy?: GroupBy;
  /** Closes at the next such moment instead of after `windowMs`. */
  readonly schedule?: Schedule;
  /**
   * Where nothing is gathered (`windowMs` 0): more than `perAddress` sends to an address within `windowMs` ms turn into one
   * digest, what is still queued for it included; the next stretch starts anew. Critical ones are neither held nor counted.
   */
  readonly stormBrake?: { readonly perAddress: number; readonly windowMs: number };
  /** How many entries a digest shows (it always counts all), and which. Defaults to 50, `priority`. */
  readonly render?: { readonly limit?: number; readonly keep?: RenderKeep };
}
