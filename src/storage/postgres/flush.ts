import { mayCloseEarly } from '../../model/decisions/closing.js';
import { decideRuleChange } from '../../model/decisions/rule-change.js';
import { type CloseReason, type OpeningRules } from '../../model/window.js';
import {
  type ApplyRulesReport,
  type ClosedWindow,
  type FlushReport,
  type Slice,
  type Sliced,
  type WindowFilter,
} from '../notification-store.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { closeWindow } from './close.js';
import { type OpenWindow } from './rows.js';
import { windowConditions } from './window-page.js';
import { setTimes } from './window-set.js';
import { type Work } from './work.js';

/** Closes what matches; windows that wait for their entries' `sendAt` are left to it. */
export async function flush(work: Work, filter: WindowFilter, reason: CloseReason, slice: Slice): Promise<Sliced<FlushReport>> {
  const { now } = slice;
  const { conditions, values } = windowConditions(work.context, filter);
  const { windows, next } = await windowSlice(
    work,
    slice,
    `${conditions} AND coalesce(not_before, 0) <= ${Math.floor(now)}`,
    values,
  );
  const closed: ClosedWindow[] = [];
  for (const window of windows) if (mayCloseEarly(window, now)) closed.push(await closeWindow(work, window, reason, now));
  return { closed, ...next };
}

/** Closes the largest, the oldest of them first. */
export async function flushLargest(work: Work, deliveries: number, limit: number, now: number): Promise<FlushReport> {
  const rows = await work.queries.query<{ readonly id: number; readonly count: number }>(
    'SELECT message AS id, count FROM open_window WHERE coalesce(not_before, 0) <= $1::bigint ORDER BY count DESC, message LIMIT $2::integer',
    [now, limit],
  );
  let left = deliveries;
  const wanted = rows.filter(({ count }) => {
    const isWanted = left > 0;
    left -= count;
    return isWanted;
  });
  await work.windows.lockIds(wanted.map(({ id }) => id));
  const closed: ClosedWindow[] = [];
  for (const { id } of wanted) {
    const window = work.windows.byMessage(id);
    if (window !== undefined) closed.push(await closeWindow(work, window, 'pressure', now));
  }
  return { closed };
}

/** Applies the rules of now to open windows. */
export async function applyRules(work: Work, rules: OpeningRules, slice: Slice): Promise<Sliced<ApplyRulesReport>> {
  const { now } = slice;
  const { windows, next } = await windowSlice(work, slice, 'true', []);
  const closed: ClosedWindow[] = [];
  let [changed, unchanged] = [0, 0];
  for (const window of windows) {
    const change = decideRuleChange(window, window.lastAt, rules(window.type, window.channel, window.openedAt), now);
    if (change.action === 'close') closed.push(await closeWindow(work, window, 'rules_changed', now, { shape: change.shape }));
    if (change.action === 'keep') unchanged++;
    if (change.action !== 'change') continue;
    window.policy = change.policy;
    setTimes(window, change.times);
    work.windows.touch(window);
    if (change.closes === undefined) changed++;
    else closed.push(await closeWindow(work, window, 'rules_changed', now, { shape: change.closes }));
  }
  return { closed, changed, unchanged, ...next };
}

/**
 * The windows that a slice handles, oldest first, locked.
 *
 * @param conditions on `open_window`; their parameters begin with the second
 */
export async function windowSlice(
  work: Work,
  { limit, cursor }: Slice,
  conditions: string,
  values: readonly unknown[],
): Promise<{ readonly windows: readonly OpenWindow[]; readonly next: { readonly next?: string } }> {
  const { after, until } = sliceRange(cursor, await newestWindow(work));
  const rows = await work.queries.query<{ readonly id: number }>(
    `SELECT message AS id FROM open_window WHERE message > $1::bigint AND ${conditions} AND message <= ${until} ORDER BY message LIMIT ${limit + 1}`,
    [after, ...values],
  );
  const ids = rows.slice(0, limit).map(({ id }) => id);
  await work.windows.lockIds(ids);
  const last = ids.at(-1);
  return {
    windows: ids.flatMap((id) => work.windows.byMessage(id) ?? []),
    next: last === undefined || rows.length <= limit ? {} : { next: sliceCursor(last, until) },
  };
}

async function newestWindow({ queries }: Work): Promise<number> {
  const [row] = await queries.query<{ readonly id: number | null }>('SELECT max(message) AS id FROM open_window');
  return row?.id ?? 0;
}
