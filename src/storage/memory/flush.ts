import { type ActiveAddress, addressToClose } from '../../model/decisions/address-limit.js';
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
import { closeWindow } from './close.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { live, type MemoryMessage, type MemoryWindow, windowFacts } from './records.js';
import { sliceOf } from './slices.js';

/** Closes what matches; windows that wait for their entries' `sendAt` are left to it. */
export function flush(store: MemoryStoreState, filter: WindowFilter, reason: CloseReason, slice: Slice): Sliced<FlushReport> {
  const { now } = slice;
  const wanted = store.windows().filter((window) => matches(store, window, filter) && mayCloseEarly(window, now));
  const { items, next } = sliceOf(wanted, slice, store.nextMessage - 1);
  return { closed: items.map((window) => closeWindow(store, window, reason, now)), ...next };
}

/** The addresses of a channel with windows that may close early. */
export function activeAddresses(store: MemoryStoreState, channel: string): ActiveAddress[] {
  return [...Map.groupBy(mayBeLimited(store, channel), ({ address }) => address)].map(([address, own]) => ({
    address,
    lastEntry: Math.max(...own.map(({ deliveries }) => deliveries.at(-1)?.id ?? 0)),
  }));
}

/** Closes the windows of the least recently active address when a channel has too many. */
export function keepToLimit(store: MemoryStoreState, channel: string, maxAddresses: number, now: number): ClosedWindow[] {
  const gone = addressToClose(activeAddresses(store, channel), maxAddresses);
  const windows = mayBeLimited(store, channel).filter(({ address }) => address === gone);
  return windows.map((window) => closeWindow(store, window, 'flush', now));
}

/** Closes the largest, the oldest of them first. */
export function flushLargest(store: MemoryStoreState, deliveries: number, limit: number, now: number): FlushReport {
  const sized = store.windows().map((window) => ({ window, count: live(window).length }));
  const largest = sized
    .filter(({ window }) => mayCloseEarly(window, now))
    .sort((a, b) => b.count - a.count)
    .slice(0, limit);
  let left = deliveries;
  const closed = largest.flatMap(({ window, count }) => {
    if (left <= 0) return [];
    left -= count;
    return [closeWindow(store, window, 'pressure', now)];
  });
  return { closed };
}

/** Applies the rules of now to open windows. */
export function applyRules(store: MemoryStoreState, rules: OpeningRules, slice: Slice): Sliced<ApplyRulesReport> {
  const { now } = slice;
  const closed: ClosedWindow[] = [];
  let changed = 0;
  let unchanged = 0;
  const { items, next } = sliceOf(store.windows(), slice, store.nextMessage - 1);
  for (const window of items) {
    const lastAt = window.deliveries.at(-1)?.acceptedAt ?? window.openedAt;
    const rule = rules(window.type, window.channel, window.openedAt);
    const change = decideRuleChange(windowFacts(window), lastAt, rule, now);
    if (change.action === 'close') closed.push(closeWindow(store, window, 'rules_changed', now, change.shape));
    if (change.action === 'keep') unchanged++;
    if (change.action !== 'change') continue;
    window.policy = change.policy;
    window.times = change.times;
    if (change.closes === undefined) changed++;
    else closed.push(closeWindow(store, window, 'rules_changed', now, change.closes));
  }
  return { closed, changed, unchanged, ...next };
}

function mayBeLimited(store: MemoryStoreState, of: string): MemoryWindow[] {
  return store.windows().filter(({ channel, notBefore }) => channel === of && notBefore === undefined);
}

export function matches(
  store: MemoryStoreState,
  window: MemoryMessage,
  { messageId, channel, type, address, openedBefore, openedBy }: WindowFilter,
): boolean {
  return (
    (openedBefore === undefined || window.openedAt < openedBefore) &&
    (openedBy === undefined || window.opener === openedBy) &&
    (messageId === undefined || store.publicId('m', window.id) === messageId) &&
    (channel === undefined || window.channel === channel) &&
    (type === undefined || window.type === type) &&
    (address === undefined || window.address === address)
  );
}
