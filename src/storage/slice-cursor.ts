import { badCursor } from './page.js';

/** Where the next slice goes on: behind row `after`, up to row `until`, the newest one when the command began. */
interface SliceRange {
  readonly after: number;
  readonly until: number;
}

/**
 * Reads the cursor of a slice.
 *
 * @param newest the newest row now: where a command that begins now ends
 * @throws InvalidRequestError when no slice gave it
 */
export function sliceRange(cursor: string | undefined, newest: number): SliceRange {
  if (cursor === undefined) return { after: 0, until: newest };
  const [after, until] = rowCursor(cursor);
  return { after, until };
}

/** The opposite of `sliceRange`. */
export function sliceCursor(after: number, until: number): string {
  return `${after}.${until}`;
}

/** Two row numbers, as `sliceCursor` writes them. @throws InvalidRequestError when they are not */
export function rowCursor(cursor: string): readonly [number, number] {
  const match = /^(\d{1,16})\.(\d{1,16})$/.exec(cursor);
  if (match === null) throw badCursor(cursor);
  return [Number(match[1]), Number(match[2])];
}
