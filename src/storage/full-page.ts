import { setImmediate as nextTurn } from 'node:timers/promises';
import { pageLimit } from './page.js';
import { type Page, type PageRequest } from './store-queries.js';

/** Calls of the store for one page of a caller: each looks at a bounded number of rows, and the event loop turns between. */
const CALLS_PER_PAGE = 20;

/**
 * A page that is as full as so many calls of the store make it. What they did not find is behind `next`: the page may hold fewer
 * items than its limit, even none.
 */
export async function fullPage<Item, Query extends PageRequest>(
  query: Query,
  read: (query: Query) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  const limit = pageLimit(query.limit);
  const items: Item[] = [];
  let cursor = query.cursor;
  for (let calls = 0; calls < CALLS_PER_PAGE; calls++) {
    const part = { ...query, limit: limit - items.length, ...(cursor === undefined ? {} : { cursor }) };
    const page = await read(part);
    items.push(...page.items);
    cursor = page.next;
    if (cursor === undefined) return { items };
    if (items.length >= limit) break;
    await nextTurn();
  }
  return { items, ...(cursor === undefined ? {} : { next: cursor }) };
}
