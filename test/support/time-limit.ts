/** How much longer than usual everything may take, for a machine that is slow or busy. At least 1. */
const FACTOR = Math.max(1, Number(process.env['TEST_TIMEOUT_FACTOR'] ?? 1) || 1);

/**
 * The time limit of a test, in ms, scaled by `TEST_TIMEOUT_FACTOR`. A limit only ends what hangs: it has room for a machine that is ten times
 * slower than an idle one, and no test passes or fails by its speed.
 */
export function timeLimitMs(minutes: number): number {
  return minutes * 60_000 * FACTOR;
}
