/** A moment that recurs: a cron expression (5 or 6 fields) and the IANA time zone it is read in. */
export interface Schedule {
  readonly cron: string;
  readonly timeZone: string;
}

/** What a window groups its deliveries by, besides channel and address. A `groupKey` always narrows it. */
export const GROUPINGS = ['type', 'groupKey', 'actor', 'none'] as const;
export type GroupBy = (typeof GROUPINGS)[number];

export const RENDER_KEEPS = ['first', 'last', 'priority'] as const;
export type RenderKeep = (typeof RENDER_KEEPS)[number];

/** How long and how much a window gathers. It is stored with the window: a later change of rules does not touch it. */
export interface WindowPolicy {
  /** `fixed`: closes `windowMs` after its first entry. `sliding`: each entry starts the quiet time anew. */
  readonly mode: 'fixed' | 'sliding';
  /** ms, > 0. */
  readonly windowMs: number;
  /** Closes at once when it holds this many deliveries; ≥ 1. */
  readonly maxCount: number;
  /** A sliding window never stays open longer than this; ms. */
  readonly maxWaitMs: number;
  /** So many go out at once, each in a message of its own; what follows within the window is gathered. 0: none. */
  readonly leads: number;
  /** The window of a storm brake: what goes beyond `leads` makes a digest, what is still queued for the address included. */
  readonly brake?: true;
  /** What is critical sends it ahead, so that a reader gets everything in order. */
  readonly ordered?: true;
  /** Fewer than this at the close: each is sent on its own; ≥ 1. */
  readonly minCount: number;
  readonly groupBy: GroupBy;
  /** Likeness from which an entry joins a group, 0..1; absent: content does not matter. */
  readonly similarity?: number;
  /** Closes at the next such moment instead of after `windowMs`. */
  readonly schedule?: Schedule;
  /** How many entries a digest shows (it always counts all), and which. */
  readonly render: { readonly limit: number; readonly keep: RenderKeep };
}

/** The rule that a type has on a channel: what a window that opens by it is given. */
export interface OpeningRule {
  readonly policy: WindowPolicy;
  /** When a window of a `schedule` closes, epoch ms; undefined for a policy without one. */
  readonly dueAtIfOpened?: number | undefined;
}

/** The rules of now, for a window that opened at `openedAt`; undefined where nothing is gathered. */
export type OpeningRules = (type: string, channel: string, openedAt: number) => OpeningRule | undefined;

/** The part of an open window that decides when it closes. */
export interface WindowState {
  /** When its first entry came, epoch ms. */
  readonly openedAt: number;
  /** When it closes unless something else closes it first, epoch ms. */
  readonly dueAt: number;
  /** Live deliveries in it: replaced, cancelled and expired ones are not counted. */
  readonly count: number;
  /** Entries that went out at once while it is open. */
  readonly led: number;
}

/** Why a window closed. */
export type CloseReason = 'count' | 'time' | 'flush' | 'pressure' | 'shutdown' | 'replan' | 'empty';

/** What one entry does to the window of its group. */
export interface WindowStep {
  /** The entry goes out at once in a message of its own; the window opens (or stays) without it. */
  readonly leads: boolean;
  readonly state: WindowState;
  /** The window is full with this entry, and closes now. */
  readonly full: boolean;
}

/** A window that closed, as it is told. */
export interface ClosedWindow {
  readonly messageId: string;
  readonly channel: string;
  readonly address: string;
  readonly type: string;
  /** Deliveries in it. */
  readonly count: number;
  readonly reason: CloseReason;
  /** Time it gathered, ms. */
  readonly openMs: number;
  /** It was a storm brake's. */
  readonly brake: boolean;
}

/**
 * The window policy as one pure rule: what the entry that arrives at `now` does to `state`.
 *
 * @param state  the open window of the entry's group; undefined when there is none
 * @param dueAtIfOpened when a window of a schedule that opens now closes, epoch ms
 * @param notBefore the entry's `sendAt`: a window of such entries closes then, and not before
 * @param replaces  whether it takes the place of an older entry with its `dedupeKey`
 */
export function joinWindow(
  policy: WindowPolicy,
  state: WindowState | undefined,
  now: number,
  dueAtIfOpened?: number,
  notBefore?: number,
  replaces = false,
): WindowStep {
  const { openedAt, count, led } = state ?? { openedAt: now, count: 0, led: 0 };
  const dueAt = dueAtAfter(policy, state, now, dueAtIfOpened, notBefore);
  if (count === 0 && led < policy.leads && notBefore === undefined) {
    return { leads: true, state: { openedAt, dueAt, count, led: led + 1 }, full: false };
  }
  const after = count + (replaces ? 0 : 1);
  return { leads: false, state: { openedAt, dueAt, count: after, led }, full: after >= policy.maxCount };
}

/**
 * When an open window closes under another policy than the one it was opened with.
 *
 * @param lastAt when its newest entry came, epoch ms
 * @param dueAtIfOpened when it closes by its schedule, epoch ms
 */
export function replannedDueAt(
  policy: WindowPolicy,
  openedAt: number,
  lastAt: number,
  dueAtIfOpened?: number,
  notBefore?: number,
): number {
  const dueAt = openingDueAt(policy, openedAt, dueAtIfOpened, notBefore);
  return slides(policy, notBefore) ? Math.max(dueAt, slidingDueAt(policy, openedAt, lastAt)) : dueAt;
}

function dueAtAfter(
  policy: WindowPolicy,
  state: WindowState | undefined,
  now: number,
  dueAtIfOpened: number | undefined,
  notBefore: number | undefined,
): number {
  if (state === undefined) return openingDueAt(policy, now, dueAtIfOpened, notBefore);
  return slides(policy, notBefore) ? Math.max(state.dueAt, slidingDueAt(policy, state.openedAt, now)) : state.dueAt;
}

function slides(policy: WindowPolicy, notBefore: number | undefined): boolean {
  return policy.mode === 'sliding' && policy.schedule === undefined && notBefore === undefined;
}

function openingDueAt(
  policy: WindowPolicy,
  now: number,
  dueAtIfOpened: number | undefined,
  notBefore: number | undefined,
): number {
  if (notBefore !== undefined) return notBefore;
  if (dueAtIfOpened !== undefined) return dueAtIfOpened;
  return policy.mode === 'sliding' ? slidingDueAt(policy, now, now) : now + policy.windowMs;
}

function slidingDueAt(policy: WindowPolicy, openedAt: number, now: number): number {
  return Math.min(now + policy.windowMs, openedAt + policy.maxWaitMs);
}
