import { InvalidRequestError } from '../model/errors.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** Most rows that one call of a page reads: a few milliseconds. A page that found too little by then has a `next`. */
export const ROWS_PER_PAGE = 500;
/** Most entries of a window that a page shows, the newest. */
export const WINDOW_ITEMS = 100;

/** Most deliveries of a message that are shown with it, the newest. */
export const MESSAGE_DELIVERIES = 500;

/** The size of a page: 1..200; 50 by default. */
export function pageLimit(limit: number | undefined): number {
  return Math.min(Math.max(limit ?? DEFAULT_LIMIT, 1), MAX_LIMIT);
}

/** The number that a cursor is, from 1; undefined without one. @throws InvalidRequestError */
export function cursorNumber(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(cursor)) throw badCursor(cursor);
  return Number(cursor);
}

/** The refusal of a cursor that no page gave. */
export function badCursor(cursor: string): InvalidRequestError {
  const got = JSON.stringify(cursor.slice(0, 60));
  return new InvalidRequestError([{ path: 'cursor', message: `got ${got}; must be "next" of the previous page` }]);
}

/** Of the messages of a recipient on a channel, the newest that a change of preferences looks at for what is queued; others are looked at when they are claimed. */
export const RECENT_MESSAGES = 200;
