import { PRIORITIES } from '../../model/notification.js';
import { type CloseReason, type NextOccurrence, replannedDueAt, shapeAtClose, type WindowPolicy } from '../../model/window.js';
import { type ClosedWindow, type ReplanReport, type WindowFilter } from '../notification-store.js';
import { type MemoryLedger, publicId } from './memory-ledger.js';
import { live, type MemoryMessage, mostUrgent } from './records.js';

/** Closes a window: from here its message's entries are settled, and a late one opens the next window. */
export function closeWindow(
  ledger: MemoryLedger,
  window: MemoryMessage,
  reason: CloseReason,
  now: number,
  shape = window.policy === undefined ? 'digest' : shapeAtClose(window.policy, live(window).length),
  leastRank = PRIORITIES.length,
): ClosedWindow {
  const entries = live(window);
  const readyAt = Math.max(now, window.notBefore ?? 0);
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
      const own = ledger.addMessage({ channel, address, type, ...(policy && { policy }) }, window.route, now);
      own.openedAt = delivery.acceptedAt;
      own.deliveries = [delivery];
      own.rank = mostUrgent(own.deliveries);
      own.queuedAt = readyAt;
      delivery.message = own;
      ledger.queue(own, readyAt, now);
    }
  }
  return {
    messageId: publicId('m', window.id),
    channel,
    address,
    type: window.type,
    count: entries.length,
    reason: entries.length === 0 ? 'empty' : reason,
    openMs: Math.max(0, now - window.openedAt),
    brake: policy?.brake === true,
  };
}

/** Closes what matches; windows that wait for their entries' `sendAt` are left to it. */
export function flush(ledger: MemoryLedger, filter: WindowFilter, reason: CloseReason, now: number): ClosedWindow[] {
  return ledger
    .windows()
    .filter((window) => matches(window, filter) && (window.notBefore ?? 0) <= now)
    .map((window) => closeWindow(ledger, window, reason, now));
}

/** Closes the largest, the oldest of them first. */
export function flushLargest(ledger: MemoryLedger, deliveries: number, limit: number, now: number): ClosedWindow[] {
  const sized = ledger.windows().map((window) => ({ window, count: live(window).length }));
  const largest = sized
    .filter(({ window, count }) => count > 0 && (window.notBefore ?? 0) <= now)
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

/** Gives every open window the policy that its type and channel have now. */
export function replan(
  ledger: MemoryLedger,
  policyOf: (type: string, channel: string) => WindowPolicy | undefined,
  now: number,
): ReplanReport {
  const closed: ClosedWindow[] = [];
  let changed = 0;
  let unchanged = 0;
  for (const window of ledger.windows()) {
    const found = policyOf(window.type, window.channel);
    if (window.policy === undefined || found === undefined || found.brake !== window.policy.brake) {
      closed.push(closeWindow(ledger, window, 'replan', now, live(window).length === 0 ? 'nothing' : 'each'));
      continue;
    }
    const policy: WindowPolicy = { ...found, groupBy: window.policy.groupBy };
    if (JSON.stringify(policy) === JSON.stringify(window.policy)) {
      unchanged++;
      continue;
    }
    window.policy = policy;
    window.dueAt = dueAtBy(policy, window, ledger.options.nextOccurrence);
    const due = live(window).length >= policy.maxCount || window.dueAt <= now;
    if (due) closed.push(closeWindow(ledger, window, 'replan', now));
    else changed++;
  }
  return { closed, changed, unchanged };
}

function dueAtBy(policy: WindowPolicy, { deliveries, openedAt, notBefore }: MemoryMessage, next: NextOccurrence): number {
  return replannedDueAt(policy, openedAt, deliveries.at(-1)?.acceptedAt ?? openedAt, next, notBefore);
}
