/**
 * The next number of a channel's sequence: always greater than the last one, and never less than the time in microseconds. So a store whose last
 * settlements were lost in a power cut gives no number twice, and a number says when it was given at the earliest.
 *
 * @param last the number before; 0 when there is none
 * @param now epoch ms
 * @returns at most 2^53 until the year 2255
 */
export function nextSequence(last: number, now: number): number {
  return Math.max(last + 1, now * SEQUENCE_PER_MS);
}

/** Numbers that a sequence gains in a millisecond in which nothing is given. */
export const SEQUENCE_PER_MS = 1_000;
