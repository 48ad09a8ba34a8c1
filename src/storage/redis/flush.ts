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
import { closeWindow, factsOf } from './close.js';
import { isWindow, type OpenWindow } from './message.js';
import { type RowReader } from './read-rows.js';
import { matches, windowsBehind } from './window-page.js';
import { MOST_CHANGED, windowSlice } from './window-slice.js';
import { type Work } from './work.js';

/** Windows among which `flushLargest` looks, the oldest ones: nobody asks for it of a store whose windows are not in the process. */
const LOOKED_AT = 5_000;

/** Closes what matches; windows that wait for their entries' `sendAt` are left to it. */
export async function flush(
  work: Work,
  reader: RowReader,
  filter: WindowFilter,
  reason: CloseReason,
  slice: Slice,
): Promise<Sliced<FlushReport>> {
  const { now } = slice;
  const isWanted = (window: OpenWindow): boolean => matches(reader, window, filter) && mayCloseEarly(window, now);
  const { windows, next } = await windowSlice(work, reader, slice, isWanted);
  const closed: ClosedWindow[] = [];
  for (const window of windows) closed.push(await closeWindow(work, window, reason, now));
  return { closed, ...next };
}

/** Closes the largest, the oldest of them first. */
export async function flushLargest(
  work: Work,
  reader: RowReader,
  deliveries: number,
  limit: number,
  now: number,
): Promise<FlushReport> {
  const { found } = await windowsBehind(reader, 0, LOOKED_AT);
  const largest = found
    .filter((window) => mayCloseEarly(window, now))
    .sort((a, b) => b.count - a.count || a.id - b.id)
    .slice(0, Math.min(limit, MOST_CHANGED));
  let left = deliveries;
  const wanted = largest.filter(({ count }) => {
    const isWanted = left > 0;
    left -= count;
    return isWanted;
  });
  const closed: ClosedWindow[] = [];
  for (const window of await work.messages.load(wanted.map(({ id }) => id))) {
    if (isWindow(window)) closed.push(await closeWindow(work, window, 'pressure', now));
  }
  return { closed };
}

/** Applies the rules of now to open windows. */
export async function applyRules(
  work: Work,
  reader: RowReader,
  rules: OpeningRules,
  slice: Slice,
): Promise<Sliced<ApplyRulesReport>> {
  const { now } = slice;
  const { windows, next } = await windowSlice(work, reader, slice, () => true);
  const closed: ClosedWindow[] = [];
  let [changed, unchanged] = [0, 0];
  for (const window of windows) {
    const rule = rules(window.type, window.channel, window.openedAt);
    const change = decideRuleChange(factsOf(window), window.lastAt, rule, now);
    if (change.action === 'close') closed.push(await closeWindow(work, window, 'rules_changed', now, { shape: change.shape }));
    if (change.action === 'keep') unchanged++;
    if (change.action !== 'change') continue;
    window.policy = change.policy;
    window.times = change.times;
    if (change.closes === undefined) changed++;
    else closed.push(await closeWindow(work, window, 'rules_changed', now, { shape: change.closes }));
  }
  return { closed, changed, unchanged, ...next };
}
