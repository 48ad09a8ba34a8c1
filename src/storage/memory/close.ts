import { PRIORITIES } from '../../model/notification.js';
import { closedWindow, mayCloseEarly, readyAtClose, shapeAtClose } from '../../model/decisions/closing.js';
import { decideRuleChange } from '../../model/decisions/rule-change.js';
import { type CloseReason, type OpeningRules } from '../../model/window.js';
import { type ClosedWindow, type ReplanReport, type WindowFilter } from '../notification-store.js';
import { type MemoryLedger, publicId } from './memory-ledger.js';
import { live, type MemoryMessage, type MemoryWindow, mostUrgent, windowFacts } from './records.js';

/** Closes a window: from here its message's entries are settled, and a late one opens the next window. */
export function closeWindow(
  ledger: MemoryLedger,
  window: MemoryWindow,
  reason: CloseReason,
  now: number,
  shape = shapeAtClose(window.policy, live(window).length),
  leastRank = PRIORITIES.length,
): ClosedWindow {
  const entries = live(window);
  const facts = windowFacts(window);
  const readyAt = readyAtClose(window, now);
  const { channel, address, policy } = window;
  window.updatedAt = now;
  if (shape === 'digest') {
    window.rank = Math.min(leastRank, mostUrgent(entries));
    window.queuedAt = readyAt;
    ledger.queue(window, readyAt, now);
  } else {
    window.state = 'ended';
    window.deliveries = window.deliveries.filter(({ ended }) => ended !== undefined);
    for (const delivery of entries) {
      const { type } = delivery.content;
      const own = ledger.addMessage({ channel, address, type, policy }, window.route, now);
      own.openedAt = delivery.acceptedAt;
      own.deliveries = [delivery];
      own.rank = mostUrgent(own.deliveries);
      own.queuedAt = readyAt;
      delivery.message = own;
      ledger.queue(own, readyAt, now);
    }
  }
  return closedWindow(publicId('m', window.id), facts, reason, now);
}

/** Closes what matches; windows that wait for their entries' `sendAt` are left to it. */
export function flush(ledger: MemoryLedger, filter: WindowFilter, reason: CloseReason, now: number): ClosedWindow[] {
  return ledger
    .windows()
    .filter((window) => matches(window, filter) && mayCloseEarly(window, now))
    .map((window) => closeWindow(ledger, window, reason, now));
}

/** Closes the largest, the oldest of them first. */
export function flushLargest(ledger: MemoryLedger, deliveries: number, limit: number, now: number): ClosedWindow[] {
  const sized = ledger.windows().map((window) => ({ window, count: live(window).length }));
  const largest = sized
    .filter(({ window }) => mayCloseEarly(window, now))
    .sort((a, b) => b.count - a.count)
    .slice(0, limit);
  let left = deliveries;
  return largest.flatMap(({ window, count }) => {
    if (left <= 0) return [];
    left -= count;
    return [closeWindow(ledger, window, 'pressure', now)];
  });
}

export function matches(window: MemoryMessage, { messageId, channel, type, address }: WindowFilter): boolean {
  return (
    (messageId === undefined || publicId('m', window.id) === messageId) &&
    (channel === undefined || window.channel === channel) &&
    (type === undefined || window.type === type) &&
    (address === undefined || window.address === address)
  );
}

/** Applies the rules of now to every open window. */
export function replan(ledger: MemoryLedger, rules: OpeningRules, now: number): ReplanReport {
  const closed: ClosedWindow[] = [];
  let changed = 0;
  let unchanged = 0;
  for (const window of ledger.windows()) {
    const lastAt = window.deliveries.at(-1)?.acceptedAt ?? window.openedAt;
    const rule = rules(window.type, window.channel, window.openedAt);
    const change = decideRuleChange(windowFacts(window), lastAt, rule, now);
    if (change.action === 'close') closed.push(closeWindow(ledger, window, 'replan', now, change.shape));
    if (change.action === 'keep') unchanged++;
    if (change.action !== 'change') continue;
    window.policy = change.policy;
    window.times = change.times;
    if (change.closes === undefined) changed++;
    else closed.push(closeWindow(ledger, window, 'replan', now, change.closes));
  }
  return { closed, changed, unchanged };
}
