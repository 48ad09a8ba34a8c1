import { type BacklogPolicy } from '../../model/backlog.js';
import { collapseGroups } from '../../model/decisions/backlog.js';
import { type BacklogReport } from '../notification-store.js';
import { expire } from './claim.js';
import { closeWindow } from './close.js';
import { type MemoryLedger } from './memory-ledger.js';
import { live, type MemoryMessage } from './records.js';

/** Does with what was due before `before` as the policy says. */
export function clearBacklog(
  ledger: MemoryLedger,
  policy: Exclude<BacklogPolicy, 'send'>,
  before: number,
  now: number,
): BacklogReport {
  const windows = ledger.windows().filter((window) => window.times.dueAt < before);
  const queued = [...ledger.messages.values()].filter(({ state, queuedAt }) => state === 'queued' && queuedAt < before);
  if (policy === 'expire') {
    const deliveries = [...windows, ...queued].flatMap(live);
    for (const delivery of deliveries) expire(delivery, now);
    return { deliveries: deliveries.length, messages: 0 };
  }
  for (const window of windows) closeWindow(ledger, window, 'time', now, 'digest');
  const queuedNow = [...queued, ...windows].map((message) => ({
    ...message,
    message,
    groupKey: live(message)[0]?.content.groupKey,
  }));
  const collapsed = collapseGroups(queuedNow).map((group) => group.map(({ message }) => message));
  const deliveries = collapsed.reduce((sum, group) => sum + join(ledger, group, now), 0);
  return { deliveries, messages: collapsed.length };
}

/** Makes one digest of a group of messages. */
function join(ledger: MemoryLedger, group: readonly MemoryMessage[], now: number): number {
  const entries = group.flatMap(live).sort((a, b) => a.id - b.id);
  const [first] = entries;
  if (first === undefined) return 0;
  const { channel, address } = first.message;
  const digest = ledger.addMessage({ channel, address, type: first.content.type }, 'aggregate', now);
  for (const message of group) {
    message.deliveries = message.deliveries.filter(({ ended }) => ended !== undefined);
    message.state = 'ended';
    message.updatedAt = now;
  }
  for (const delivery of entries) delivery.message = digest;
  digest.deliveries = entries;
  digest.openedAt = Math.min(...group.map(({ openedAt }) => openedAt));
  digest.rank = Math.min(...group.map(({ rank }) => rank));
  ledger.queue(digest, now, now);
  return entries.length;
}
