/** Longest that a receiver may put a message off, ms: a day. */
export const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

const SECONDS = /^\d+(?:\.\d+)?(?:e\+?\d+)?$/i;
/** The three forms of an HTTP date (RFC 9110 §5.6.7), and ISO 8601. `Date.parse` takes nearly any text for a date. */
const DATE = /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? |\d{4}-\d{2}-\d{2}T)/i;

/**
 * `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), in ms from now.
 *
 * @returns 0..{@link MAX_RETRY_AFTER_MS}; a longer wait is cut to that. Undefined when the header is absent, negative or neither of the two
 */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  const value = header?.trim() ?? '';
  if (SECONDS.test(value)) return bounded(Number(value) * 1_000);
  if (!DATE.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : bounded(at - now);
}

function bounded(waitMs: number): number {
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(0, waitMs));
}
