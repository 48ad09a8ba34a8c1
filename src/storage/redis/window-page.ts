import { type Page, type PageRequest, type WindowFilter, type WindowQuery, type WindowView } from '../notification-store.js';
import { badCursor, pageLimit, ROWS_PER_PAGE, WINDOW_ITEMS } from '../page.js';
import { recipientIdOf } from '../../model/recipient.js';
import { isLive, isWindow, type OpenWindow } from './message.js';
import { type RowReader } from './read-rows.js';
import { windowView } from './views.js';

/** Windows that are looked at together. */
const PART = 100;

/** Open windows, oldest first. The cursor is the last one that was looked at. */
export async function windowPage(reader: RowReader, query: WindowQuery): Promise<Page<WindowView>> {
  const { context } = reader;
  const limit = pageLimit(query.limit);
  let after = query.cursor === undefined ? 0 : context.privateId('m', query.cursor);
  if (query.cursor !== undefined && after === 0) throw badCursor(query.cursor);
  const items: WindowView[] = [];
  for (let rows = 0; ;) {
    const windows = await windowsBehind(reader, after, PART);
    for (const window of windows.found) {
      if (items.length === limit || rows >= ROWS_PER_PAGE) return { items, next: context.publicId('m', after) };
      after = window.id;
      rows++;
      if (!matches(reader, window, query)) continue;
      const wanted = query.q === undefined ? 2 * WINDOW_ITEMS : ROWS_PER_PAGE;
      const newest = (await reader.deliveriesOf([window], wanted)).get(window.id) ?? [];
      rows += newest.length;
      const needle = query.q?.toLowerCase();
      const isHit = needle === undefined || newest.some((one) => isLive(one) && one.content.title.toLowerCase().includes(needle));
      if (isHit) items.push(windowView(context, window, newest));
    }
    if (!windows.more) return { items };
    after = windows.last;
  }
}

/** Open windows with greater ids, oldest first. */
export async function windowsBehind(
  reader: RowReader,
  after: number,
  limit: number,
): Promise<{ readonly found: readonly OpenWindow[]; readonly more: boolean; readonly last: number }> {
  const ids = await reader.inSet('open', { by: 'score', min: `(${after}`, max: '+inf', limit });
  const found = (await reader.messages(ids)).filter(isWindow);
  return { found, more: ids.length === limit, last: ids.at(-1) ?? after };
}

export function matches(
  { context }: RowReader,
  window: OpenWindow,
  { messageId, channel, type, address, openedBefore, openedBy }: WindowFilter,
): boolean {
  return (
    (openedBefore === undefined || window.openedAt < openedBefore) &&
    (openedBy === undefined || window.opener === openedBy) &&
    (messageId === undefined || context.publicId('m', window.id) === messageId) &&
    (channel === undefined || window.channel === channel) &&
    (type === undefined || window.type === type) &&
    (address === undefined || window.address === address)
  );
}

/** `user:` addresses that have open windows, by the windows' ids. */
export async function waitingRecipients(reader: RowReader, { limit, cursor }: PageRequest): Promise<Page<string>> {
  const after = cursor === undefined ? 0 : Number(cursor);
  if (!Number.isSafeInteger(after)) throw badCursor(cursor ?? '');
  const { found, more, last } = await windowsBehind(reader, after, pageLimit(limit));
  const addresses = found.map(({ address }) => address).filter((address) => recipientIdOf(address) !== undefined);
  return { items: [...new Set(addresses)], ...(more ? { next: String(last) } : {}) };
}
