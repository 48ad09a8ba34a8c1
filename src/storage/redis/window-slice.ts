import { type Slice } from '../notification-store.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { isWindow, type OpenWindow } from './message.js';
import { type RowReader } from './read-rows.js';
import { windowsBehind } from './window-page.js';
import { type Work } from './work.js';

/** Most messages that one transaction of a command changes: a script does nothing else meanwhile. */
export const MOST_CHANGED = 200;
/** Windows that are looked at together, and most of them in one call. */
const PART = 200;
const MOST_LOOKED_AT = 2_000;

/** The windows that a slice handles, oldest first. */
export async function windowSlice(
  work: Work,
  reader: RowReader,
  { limit, cursor }: Slice,
  isWanted: (window: OpenWindow) => boolean,
): Promise<{ readonly windows: readonly OpenWindow[]; readonly next: { readonly next?: string } }> {
  const { after, until } = sliceRange(cursor, await reader.newest('m'));
  const most = Math.min(limit, MOST_CHANGED);
  const ids: number[] = [];
  let last = after;
  let next: { readonly next?: string } = {};
  look: for (let looked = 0; ; looked += PART) {
    const part = await windowsBehind(reader, last, PART);
    for (const window of part.found) {
      if (window.id > until) break look;
      if (!isWanted(window)) {
        last = window.id;
        continue;
      }
      if (ids.length === most) {
        next = { next: sliceCursor(last, until) };
        break look;
      }
      last = window.id;
      ids.push(window.id);
    }
    if (!part.more) break;
    last = part.last;
    if (looked + PART >= MOST_LOOKED_AT) {
      next = { next: sliceCursor(last, until) };
      break;
    }
  }
  const windows = (await work.messages.load(ids)).filter(isWindow).filter(isWanted);
  return { windows, next };
}
