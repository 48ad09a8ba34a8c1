import { type Expiring, type OpeningRule, type WindowPolicy, type WindowTimes } from '../window.js';

/** An entry expires at most this long after a window closes for it, ms. */
const MAX_MARGIN_MS = 60_000;
/** And at most this part of its life after. */
const MARGIN = 0.1;

/** What the times depend on of an entry. */
interface EntryTimes {
  /** Epoch ms. */
  readonly acceptedAt: number;
  readonly expiresAt?: number | undefined;
  /** When the window of a recipient's plan is due by this entry, epoch ms, where each entry restarts the quiet period. */
  readonly restartsUntil?: number | undefined;
}

/** The latest time at which an entry can be sent on so that it is delivered before it expires: less a tenth of its life, at most a minute. */
export function closeBy(acceptedAt: number, expiresAt: number): number {
  return expiresAt - Math.min(Math.ceil((expiresAt - acceptedAt) * MARGIN), MAX_MARGIN_MS);
}

/**
 * The times of a window that opens now, before its first entry.
 *
 * @param notBefore the `sendAt` of its entries: it closes then
 * @param countedUntil when its entries may go out at once again: what is gathered until then closes then
 */
export function timesAtOpening(
  { policy, dueAtIfOpened }: OpeningRule,
  openedAt: number,
  notBefore?: number,
  countedUntil = Infinity,
): WindowTimes {
  const byRule = policy.plan === undefined ? (notBefore ?? dueAtIfOpened) : dueAtIfOpened;
  const byPolicy = byRule ?? openingEnd(policy, openedAt);
  const counted = slides(policy, notBefore) ? byPolicy : Math.min(byPolicy, countedUntil);
  const plannedAt = Math.max(counted, floorOf({ policy, openedAt, notBefore }));
  return { openedAt, plannedAt, dueAt: plannedAt };
}

/** The times after an entry has joined. Entries count in any order, also those that ended since: a window keeps its time. */
export function timesAfterEntry(policy: WindowPolicy, times: WindowTimes, entry: EntryTimes, notBefore?: number): WindowTimes {
  if (
    entry.expiresAt === undefined &&
    entry.restartsUntil === undefined &&
    times.expiring === undefined &&
    !slides(policy, notBefore)
  ) {
    return times;
  }
  const { openedAt } = times;
  const slidTo = slides(policy, notBefore) ? slidingEnd(policy, openedAt, entry.acceptedAt) : -Infinity;
  const plannedAt = Math.max(times.plannedAt, slidTo, entry.restartsUntil ?? -Infinity);
  return withExpiry(policy, openedAt, plannedAt, earlier(times.expiring, entry), notBefore);
}

/** The times of an open window by another rule, as if it had been opened by it. */
export function timesByRule(rule: OpeningRule, times: WindowTimes, lastAt: number, notBefore?: number): WindowTimes {
  const { openedAt, plannedAt } = timesAtOpening(rule, times.openedAt, notBefore);
  const slidTo = slides(rule.policy, notBefore) ? slidingEnd(rule.policy, openedAt, lastAt) : -Infinity;
  return withExpiry(rule.policy, openedAt, Math.max(plannedAt, slidTo), times.expiring, notBefore);
}

/** The times of an open window that is due at another time by its recipient's preferences. */
export function withPlannedTime(policy: WindowPolicy, times: WindowTimes, plannedAt: number, notBefore?: number): WindowTimes {
  const floor = floorOf({ policy, openedAt: times.openedAt, notBefore });
  return withExpiry(policy, times.openedAt, Math.max(plannedAt, floor), times.expiring, notBefore);
}

/** The earliest time at which a window may close by itself, epoch ms: see `WindowPolicy.afterMs`. */
export function floorOf({
  policy: { afterMs },
  openedAt,
  notBefore = -Infinity,
}: {
  readonly policy: WindowPolicy;
  readonly openedAt: number;
  readonly notBefore?: number | undefined;
}): number {
  return afterMs === undefined ? -Infinity : Math.max(openedAt, notBefore) + afterMs;
}

/** When a window of a sliding policy ends its quiet period, epoch ms. */
export function quietUntil(policy: WindowPolicy, openedAt: number, lastAt: number): number {
  return slidingEnd(policy, openedAt, lastAt);
}

function withExpiry(
  policy: WindowPolicy,
  openedAt: number,
  plannedAt: number,
  expiring: Expiring | undefined,
  notBefore: number | undefined,
): WindowTimes {
  if (expiring === undefined) return { openedAt, plannedAt, dueAt: plannedAt };
  // A `sendAt` is never early, and what expires after the close needs no other.
  const brought = notBefore === undefined && expiring.expiresAt <= plannedAt && !isHeldByRecipient(policy);
  const earliest = Math.max(expiring.closeBy, floorOf({ policy, openedAt, notBefore }));
  return { openedAt, plannedAt, dueAt: brought ? Math.min(plannedAt, earliest) : plannedAt, expiring };
}

function earlier(known: Expiring | undefined, { acceptedAt, expiresAt }: EntryTimes): Expiring | undefined {
  if (expiresAt === undefined) return known;
  const entry = { expiresAt, closeBy: closeBy(acceptedAt, expiresAt) };
  if (known === undefined || entry.expiresAt < known.expiresAt) return entry;
  return entry.expiresAt === known.expiresAt && entry.closeBy < known.closeBy ? entry : known;
}

/** What a recipient's frequency, hours or mute holds is not sent early, also when it would expire; it may expire while it waits. */
function isHeldByRecipient({ plan }: WindowPolicy): boolean {
  return plan !== undefined && (plan.frequency !== 'default' || plan.heldBy === 'hours' || plan.heldBy === 'mute');
}

/** Where preferences plan a window, entries say themselves until when they restart its quiet period. */
function slides(policy: WindowPolicy, notBefore: number | undefined): boolean {
  return policy.plan === undefined && policy.mode === 'sliding' && policy.schedule === undefined && notBefore === undefined;
}

function openingEnd(policy: WindowPolicy, openedAt: number): number {
  return policy.mode === 'sliding' ? slidingEnd(policy, openedAt, openedAt) : openedAt + policy.windowMs;
}

function slidingEnd(policy: WindowPolicy, openedAt: number, lastAt: number): number {
  return Math.min(lastAt + policy.windowMs, openedAt + policy.maxWaitMs);
}
