/** How many mails may be in flight on one connection: pure, one step a round. */
export interface PipelineBound {
  /** Recipients without an answer at any time; a mail for more of them goes alone. */
  readonly mails: number;
  /** Time from the writing of a mail to its answer when nothing else is in flight on the connection, smoothed, ms; undefined: not known yet. */
  readonly aloneMs?: number;
  /** When it was reduced last, epoch ms. What was written before that says nothing about it. */
  readonly reducedAt?: number;
}

/** What one round, as many mails as may be in flight, told of the load. */
export interface RoundObservation {
  /** Recipients whose mails were answered in it; all that were in flight, when the connection broke. */
  readonly mails: number;
  /** Of them, those that another attempt may help. */
  readonly retryable: number;
  /** The connection broke. */
  readonly broken: boolean;
  /** More were waiting than the bound let through. */
  readonly limited: boolean;
  /** When the mail that was answered last, or was to be, was written, epoch ms. */
  readonly writtenAt: number;
  /** When it was answered, or the connection broke, epoch ms. */
  readonly at: number;
}

/** Most mails in flight on one connection: so many are uncertain, and may be repeated, when it breaks. */
export const MAX_IN_FLIGHT = 64;
/** Mails in flight on the first connection after the server has shown that it takes `BDAT`. */
export const FIRST_IN_FLIGHT = 4;
/** What is in flight has at most so many octets for each mail that the bound allows; a larger mail goes alone. */
export const OCTETS_PER_MAIL = 16 * 1024;
/**
 * Longest that a mail should wait for those before it, ms: how much longer its answer takes than that to a mail alone (as in LEDBAT, RFC 6817 §3.3,
 * which allows 100 ms; a mail server syncs its disk, and with less it was idle after each stall).
 */
export const QUEUE_TARGET_MS = 250;
/** A part of a round that must be sent again from which it counts as congestion. */
const CONGESTED = 0.1;
const SMOOTHING = 0.2;

/**
 * The law of batch sizes (`docs/delivery.md`), one level down: additive increase by a tenth of the most while mails are waiting and nothing fails,
 * half of it after a connection that broke and after a round of which a tenth must be sent again, and less by the gradient when answers take too
 * long, so that no more is in flight than the line and the server need to be busy.
 *
 * @param most 1..{@link MAX_IN_FLIGHT}
 */
export function nextBound(bound: PipelineBound, seen: RoundObservation, most = MAX_IN_FLIGHT): PipelineBound {
  const { mails, aloneMs = 0, reducedAt = -Infinity } = bound;
  // Once for all that was in flight together, on all connections.
  if (seen.writtenAt <= reducedAt) return bound;
  const reduced = (to: number): PipelineBound => ({ ...bound, mails: Math.max(1, Math.floor(to)), reducedAt: seen.at });
  if (seen.broken || (seen.retryable > 0 && seen.retryable >= seen.mails * CONGESTED)) return reduced(mails / 2);
  const answerMs = Math.max(0, seen.at - seen.writtenAt);
  const limitMs = aloneMs + QUEUE_TARGET_MS;
  if (answerMs > limitMs) return reduced(mails * Math.max(0.5, limitMs / answerMs));
  if (!seen.limited) return bound;
  const grown = Math.min(most, mails + Math.ceil(most / 10));
  const withinLimit = answerMs === 0 ? grown : Math.floor((mails * limitMs) / answerMs);
  return { ...bound, mails: Math.max(Math.min(mails, most), Math.min(grown, withinLimit)) };
}

/** @param answerMs of a mail that was the first of its transmission, so that nothing else was in flight when it was written */
export function withAnswerAlone(bound: PipelineBound, answerMs: number): PipelineBound {
  const { aloneMs = answerMs } = bound;
  return { ...bound, aloneMs: aloneMs + (answerMs - aloneMs) * SMOOTHING };
}
