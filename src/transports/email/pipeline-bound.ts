/** How many mails may be in flight on one connection: pure, one step a round. */
export interface PipelineBound {
  /** Recipients without an answer at any time; a mail for more of them goes alone. */
  readonly mails: number;
  /** Time from the writing of a mail to its answer when nothing else is in flight on the connection, smoothed, ms; undefined: not known yet. */
  readonly aloneMs?: number;
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
  /** From the writing of the mail that was answered last to its answer, ms. */
  readonly answerMs: number;
}

/** Most mails in flight on one connection: so many are uncertain, and may be repeated, when it breaks. */
export const MAX_IN_FLIGHT = 64;
/** Mails in flight on the first connection after the server has shown that it takes `BDAT`. */
export const FIRST_IN_FLIGHT = 4;
/** What is in flight has at most so many octets for each mail that the bound allows; a larger mail goes alone. */
export const OCTETS_PER_MAIL = 16 * 1024;
/** What is in flight is to be answered within this, or within {@link TOLERANCE} times the answer to a mail alone, whichever is longer, ms. */
export const ANSWER_TARGET_MS = 100;
const TOLERANCE = 2;
/** A part of a round that must be sent again from which it counts as congestion. */
const CONGESTED = 0.1;
const SMOOTHING = 0.2;

/**
 * The law of batch sizes (`docs/delivery.md`), one level down: additive increase by a tenth of the most while mails are waiting and all is well,
 * half of it after a connection that broke and after a round of which a tenth must be sent again, and less by the gradient when answers take too
 * long, so that no more is in flight than the line and the server need to be busy.
 *
 * @param most 1..{@link MAX_IN_FLIGHT}
 */
export function nextBound(bound: PipelineBound, seen: RoundObservation, most = MAX_IN_FLIGHT): PipelineBound {
  const { mails, aloneMs = 0 } = bound;
  if (seen.broken || (seen.retryable > 0 && seen.retryable >= seen.mails * CONGESTED)) return { ...bound, mails: half(mails) };
  const limitMs = Math.max(ANSWER_TARGET_MS, aloneMs * TOLERANCE);
  if (seen.answerMs > limitMs)
    return { ...bound, mails: Math.max(1, Math.floor(mails * Math.max(0.5, limitMs / seen.answerMs))) };
  if (!seen.limited) return bound;
  const grown = Math.min(most, mails + Math.ceil(most / 10));
  const withinLimit = seen.answerMs === 0 ? grown : Math.floor((mails * limitMs) / seen.answerMs);
  return { ...bound, mails: Math.max(Math.min(mails, most), Math.min(grown, withinLimit)) };
}

/** @param answerMs of a mail that was the first of its transmission, so that nothing else was in flight when it was written */
export function withAnswerAlone(bound: PipelineBound, answerMs: number): PipelineBound {
  const { aloneMs = answerMs } = bound;
  return { ...bound, aloneMs: aloneMs + (answerMs - aloneMs) * SMOOTHING };
}

function half(mails: number): number {
  return Math.max(1, Math.floor(mails / 2));
}
