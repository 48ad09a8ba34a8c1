import { type ChoiceSource, type Frequency, type HeldBy } from './recipient.js';

/** A recurring time: a cron expression (5 or 6 fields) and the IANA time zone it is read in. */
export interface Schedule {
  /** 5 or 6 fields; the sixth, in front, is seconds. */
  readonly cron: string;
  /** IANA, e.g. `Europe/Vienna`. */
  readonly timeZone: string;
}

/** What a window groups its deliveries by, besides channel and address. A `groupKey` always narrows it. */
export const GROUPINGS = ['type', 'groupKey', 'actor', 'none'] as const;
/** What gathers together, within a channel and an address. */
export type GroupBy = (typeof GROUPINGS)[number];

export const RENDER_KEEPS = ['first', 'last', 'priority'] as const;
/** Which entries a digest shows when it holds more than its limit: the first, the last, or the most urgent. */
export type RenderKeep = (typeof RENDER_KEEPS)[number];

/** How the preferences of a recipient plan a message: how often, who decided that, and what it waits for. */
export interface RecipientPlan {
  /** How often the person wants what this is. */
  readonly frequency: Exclude<Frequency, 'off'>;
  /** Who decided the frequency. */
  readonly from: ChoiceSource;
  /** Absent: it does not wait. */
  readonly heldBy?: HeldBy;
  /** It gathers with all types that the choice covers. */
  readonly together?: true;
  /** The directory did not answer: the application's rules apply until it does. */
  readonly unplanned?: true;
}

/** How long and how much a window gathers. It is stored with the window: a later change of rules does not touch it. */
export interface WindowPolicy {
  /** `fixed`: closes `windowMs` after its first entry. `sliding`: each entry restarts the quiet period. */
  readonly mode: 'fixed' | 'sliding';
  /** ms, > 0. */
  readonly windowMs: number;
  /** Closes at once when it holds this many deliveries; ≥ 1. */
  readonly maxCount: number;
  /** A sliding window never stays open longer than this; ms. */
  readonly maxWaitMs: number;
  /** So many go out at once, each in its own message; what follows within `windowMs` is gathered. 0: none. */
  readonly leadingCount: number;
  /** `leadingCount` counts for the address, not for a group; the digest of the rest includes what of it is still queued. */
  readonly burst?: true;
  /** What is critical sends it ahead, so that a reader gets everything in order. */
  readonly ordered?: true;
  /** Fewer than this at the close: each is sent on its own; ≥ 1. */
  readonly minCount: number;
  /** What gathers together. */
  readonly groupBy: GroupBy;
  /** Likeness from which an entry joins a group, 0.3..1; absent: content does not matter. */
  readonly similarity?: number;
  /** Closes at the next such time instead of after `windowMs`. */
  readonly schedule?: Schedule;
  /** How many entries a digest shows (it always counts all), and which. */
  readonly render: { readonly limit: number; readonly keep: RenderKeep };
  /** It stays open at least so long after it opened, or after a later `sendAt` of its entries, ms; absent: no such floor. */
  readonly afterMs?: number;
  /** Of a recipient's message: when it is due follows from preferences, and is given with it (`OpeningRule.dueAtIfOpened`). */
  readonly plan?: RecipientPlan;
}

/** The rule that a type has on a channel: what a window that opens by it is given. */
export interface OpeningRule {
  /** What the window keeps, whatever becomes of the rule. */
  readonly policy: WindowPolicy;
  /** When a window of a `schedule` or of a `plan` closes, epoch ms; undefined for a policy without them. */
  readonly dueAtIfOpened?: number | undefined;
}

/** The rules of now, for a window that opened at `openedAt`; undefined where nothing is gathered. */
export type OpeningRules = (type: string, channel: string, openedAt: number) => OpeningRule | undefined;

/** The times of an open window, epoch ms. */
export interface WindowTimes {
  /** When its first entry was accepted. */
  readonly openedAt: number;
  /** When it closes by its policy. */
  readonly plannedAt: number;
  /** When it closes unless something else closes it first: `plannedAt`, or earlier for an entry that would expire before. */
  readonly dueAt: number;
  /** Of its entries, the one that expires first. */
  readonly expiring?: Expiring;
}

/** The entry of a window that expires first. */
export interface Expiring {
  /** Epoch ms. */
  readonly expiresAt: number;
  /** When a window must close for it: see `closeBy`. */
  readonly closeBy: number;
}

/** Why a window closed. */
export type CloseReason = 'count' | 'time' | 'flush' | 'pressure' | 'shutdown' | 'rules_changed' | 'preferences_changed';

/** A window that closed, as it is told. */
export interface ClosedWindow {
  /** Of the message that it became. */
  readonly messageId: string;
  /** The channel that it is sent on. */
  readonly channel: string;
  /** The address that it is sent to; `user:ID` for a recipient. */
  readonly address: string;
  /** The type of its deliveries; that of the first one where it gathered several. */
  readonly type: string;
  /** Deliveries in it, ≥ 1. */
  readonly count: number;
  /** Why it closed. */
  readonly reason: CloseReason;
  /** Time it gathered, ms. */
  readonly openMs: number;
  /** It gathered what was beyond a burst limit. */
  readonly burst: boolean;
}
