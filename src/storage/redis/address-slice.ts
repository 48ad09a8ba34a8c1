import { type Slice } from '../notification-store.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { type Message } from './message.js';
import { type RowReader } from './read-rows.js';
import { MOST_CHANGED } from './window-slice.js';
import { type Work } from './work.js';

/** What waits for an address on a channel, in the order of ids. */
export async function pendingSlice(
  work: Work,
  reader: RowReader,
  channel: string,
  address: string,
  { limit, cursor }: Slice,
): Promise<{ readonly messages: readonly Message[]; readonly next: { readonly next?: string } }> {
  const { after, until } = sliceRange(cursor, await reader.newest('m'));
  const most = Math.min(limit, MOST_CHANGED);
  const found = await reader.ofAddress(channel, address, 'p', { after, until, limit: most + 1 });
  const ids = found.slice(0, most);
  const last = ids.at(-1);
  return {
    messages: await work.messages.load(ids),
    next: last === undefined || found.length <= most ? {} : { next: sliceCursor(last, until) },
  };
}
