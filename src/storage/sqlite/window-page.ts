import { type Page, type WindowQuery, type WindowView } from '../notification-store.js';
import { badCursor, pageLimit, ROWS_PER_PAGE, WINDOW_ITEMS } from '../page.js';
import { chainFrom } from './chain.js';
import { contentOf } from './content.js';
import { matches } from './flush.js';
import { type StoreState } from './store-state.js';
import { type OpenWindow } from './open-windows.js';
import { windowView } from './views.js';

/** Windows that a page may look at in memory. */
const LOOKS_PER_PAGE = 20_000;

/**
 * Open windows, oldest first. The cursor is the last one that was looked at; when the rows of the page ended within a
 * window, `WINDOW~DELIVERY` is the entry to go on with.
 */
export function windowPage(store: StoreState, query: WindowQuery): Page<WindowView> {
  const limit = pageLimit(query.limit);
  const { after, within, entry } = placeOf(store, query.cursor);
  const items: WindowView[] = [];
  let [rows, looks, last] = [0, 0, query.cursor ?? ''];
  for (const window of candidates(store, query, after)) {
    const id = store.publicId('m', window.id);
    if (++looks > LOOKS_PER_PAGE) return { items, next: last };
    if (matches(window, query)) {
      if (items.length === limit || rows >= ROWS_PER_PAGE) return { items, next: last };
      const found = search(store, window, query.q, window.id === within ? entry : window.tail, ROWS_PER_PAGE - rows);
      if (found.goOnWith !== undefined) return { items, next: `${id}~${store.publicId('d', found.goOnWith)}` };
      rows += found.rows;
      if (found.isHit) {
        items.push(windowView(store, window));
        rows += 1 + Math.min(window.count, WINDOW_ITEMS);
      }
    }
    last = id;
  }
  return { items };
}

export function windowStateOf(store: StoreState, messageId: string): 'open' | 'closed' | 'unknown' {
  const id = store.privateId('m', messageId);
  if (store.windows.byMessage(id) !== undefined) return 'open';
  return store.message(id) === undefined ? 'unknown' : 'closed';
}

function candidates(store: StoreState, { messageId }: WindowQuery, after: number): Iterable<Readonly<OpenWindow>> {
  if (messageId === undefined) return store.windows.after(after);
  const window = store.windows.byMessage(store.privateId('m', messageId));
  return window === undefined || window.id <= after ? [] : [window];
}

/** Whether a title of the window holds the text, from one of its entries on; `goOnWith` when `most` rows did not do. */
function search(
  store: StoreState,
  window: Readonly<OpenWindow>,
  q: string | undefined,
  from: number,
  most: number,
): { readonly isHit: boolean; readonly rows: number; readonly goOnWith?: number } {
  if (q === undefined) return { isHit: true, rows: 0 };
  const needle = q.toLowerCase();
  let rows = 0;
  for (const entry of chainFrom(store, window.id, from)) {
    if (rows >= most) return { isHit: false, rows, goOnWith: entry.id };
    rows++;
    if (entry.state === 0 && contentOf(entry).title.toLowerCase().includes(needle)) return { isHit: true, rows };
  }
  return { isHit: false, rows };
}

function placeOf(
  store: StoreState,
  cursor: string | undefined,
): { readonly after: number; readonly within: number; readonly entry: number } {
  if (cursor === undefined) return { after: 0, within: 0, entry: 0 };
  const [message = '', delivery] = cursor.split('~');
  const window = store.privateId('m', message);
  const entry = delivery === undefined ? 0 : store.privateId('d', delivery);
  if (window === 0 || (delivery !== undefined && entry === 0)) throw badCursor(cursor);
  return entry === 0 ? { after: window, within: 0, entry: 0 } : { after: window - 1, within: window, entry };
}
