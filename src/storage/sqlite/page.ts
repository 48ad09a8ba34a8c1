const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** The size of a page: 1..200, 50 when not said. */
export function pageLimit(limit: number | undefined): number {
  return Math.min(Math.max(limit ?? DEFAULT_LIMIT, 1), MAX_LIMIT);
}
