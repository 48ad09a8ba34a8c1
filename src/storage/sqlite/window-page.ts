import { type Page, type WindowQuery, type WindowView } from '../notification-store.js';
import { matches } from './close.js';
import { contentOf } from './content.js';
import { type Ledger } from './ledger.js';
import { badCursor, pageLimit } from '../page.js';
import { windowView } from './views.js';

/** Open windows, oldest first. The cursor is the id of the last one shown. */
export function windowPage(ledger: Ledger, query: WindowQuery): Page<WindowView> {
  const limit = pageLimit(query.limit);
  const after = query.cursor === undefined ? 0 : ledger.privateId('m', query.cursor);
  if (after === 0 && query.cursor !== undefined) throw badCursor(query.cursor);
  const id = query.messageId === undefined ? undefined : ledger.privateId('m', query.messageId);
  const needle = query.q?.toLowerCase();
  const items: WindowView[] = [];
  for (const window of ledger.windows.all()) {
    if (window.id <= after || (id !== undefined && window.id !== id) || !matches(window, query)) continue;
    if (
      needle !== undefined &&
      !ledger.entries(window.id, window.tail).some((entry) => contentOf(entry).title.toLowerCase().includes(needle))
    ) {
      continue;
    }
    const last = items.at(-1);
    if (items.length === limit && last !== undefined) return { items, next: last.messageId };
    items.push(windowView(ledger, window));
  }
  return { items };
}

export function windowStateOf(ledger: Ledger, messageId: string): 'open' | 'closed' | 'unknown' {
  const id = ledger.privateId('m', messageId);
  if (ledger.windows.byMessage(id) !== undefined) return 'open';
  return ledger.message(id) === undefined ? 'unknown' : 'closed';
}
