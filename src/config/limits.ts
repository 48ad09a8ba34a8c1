/** A week; longer waits in front of a batch are a mistake. */
export const MAX_WAIT_MS = 7 * 24 * 60 * 60 * 1000;
/** A year; a window longer than this is a mistake. */
export const MAX_WINDOW_MS = 366 * 24 * 60 * 60 * 1000;
export const MAX_WINDOW_COUNT = 100_000;
export const DAY_MS = 24 * 60 * 60 * 1000;
