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
  /** The first goes out at once, what follows within the window is gathered. */
  readonly leading: boolean;
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

/** The part of an open window that decides when it closes. */
export interface WindowState {
  /** When its first entry came, epoch ms. */
  readonly openedAt: number;
  /** When it closes unless something else closes it first, epoch ms. */
  readonly dueAt: number;
  /** Live deliveries in it: replaced, cancelled and expired ones are not counted. */
  readonly count: number;
}

/** Why a window closed. */
export type CloseReason = 'count' | 'time' | 'flush' | 'shutdown' | 'empty';

/** What one entry does to the window of its group. */
export interface WindowStep {
  /** The entry goes out at once in a message of its own; the window opens (or stays) without it. */
  readonly leads: boolean;
  readonly state: WindowState;
  /** The window is full with this entry, and closes now. */
  readonly full: boolean;
}

/** The next moment of a schedule strictly after `at`, epoch ms. Injected: calendars need a library. */
export type NextOccurrence = (schedule: Schedule, at: number) => number;

/**
 * The window policy as one pure rule: what the entry that arrives at `now` does to `state`.
 *
 * @param state  the open window of the entry's group; undefined when there is none
 * @param notBefore the entry's `sendAt`: a window of such entries closes then, and not before
 * @param replaces  whether it takes the place of an older entry with its `dedupeKey`
 */
export function joinWindow(
  policy: WindowPolicy,
  state: WindowState | undefined,
  now: number,
  next: NextOccurrence,
  notBefore?: number,
  replaces = false,
): WindowStep {
  if (state === undefined) {
    const dueAt = openingDueAt(policy, now, next, notBefore);
    if (policy.leading && notBefore === undefined) {
      return { leads: true, state: { openedAt: now, dueAt, count: 0 }, full: false };
    }
    return { leads: false, state: { openedAt: now, dueAt, count: 1 }, full: policy.maxCount <= 1 };
  }
  const count = state.count + (replaces ? 0 : 1);
  const slides = policy.mode === 'sliding' && policy.schedule === undefined && notBefore === undefined;
  const dueAt = slides ? Math.max(state.dueAt, slidingDueAt(policy, state.openedAt, now)) : state.dueAt;
  return { leads: false, state: { ...state, count, dueAt }, full: count >= policy.maxCount };
}

/** Whether what a window holds at its close goes out as one digest, entry by entry, or not at all. */
export function shapeAtClose(policy: WindowPolicy, count: number): 'digest' | 'each' | 'nothing' {
  if (count === 0) return 'nothing';
  return count < policy.minCount ? 'each' : 'digest';
}

function openingDueAt(policy: WindowPolicy, now: number, next: NextOccurrence, notBefore: number | undefined): number {
  if (notBefore !== undefined) return notBefore;
  if (policy.schedule !== undefined) return next(policy.schedule, now);
  return policy.mode === 'sliding' ? slidingDueAt(policy, now, now) : now + policy.windowMs;
}

function slidingDueAt(policy: WindowPolicy, openedAt: number, now: number): number {
  return Math.min(now + policy.windowMs, openedAt + policy.maxWaitMs);
}
