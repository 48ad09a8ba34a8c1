import { type Slice } from '../notification-store.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';

/** The part of a list, in ascending order of ids, that one slice handles; `newest` is the greatest id there is. */
export function sliceOf<T extends { readonly id: number }>(
  ascending: readonly T[],
  { limit, cursor }: Slice,
  newest: number,
): { readonly items: readonly T[]; readonly next: { readonly next?: string } } {
  const { after, until } = sliceRange(cursor, newest);
  const left = ascending.filter(({ id }) => id > after && id <= until);
  const items = left.slice(0, limit);
  const last = items.at(-1);
  return { items, next: last === undefined || items.length === left.length ? {} : { next: sliceCursor(last.id, until) } };
}
