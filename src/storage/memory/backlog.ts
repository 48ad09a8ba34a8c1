import { type BacklogPolicy } from '../../model/backlog.js';
import { collapseGroups, collapseScope } from '../../model/decisions/backlog.js';
import { backlogCursor, backlogPhase } from '../backlog-phase.js';
import { type BacklogReport, type Slice, type Sliced } from '../notification-store.js';
import { expire } from './claim.js';
import { closeWindow } from './close.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { live, type MemoryMessage, type MemoryWindow } from './records.js';
import { sliceRange } from '../slice-cursor.js';
import { sliceOf } from './slices.js';

/** Does with what was due before `before` as the policy says: first with windows, then with queued messages. */
export function clearBacklog(
  store: MemoryStoreState,
  policy: Exclude<BacklogPolicy, 'send'>,
  before: number,
  slice: Slice,
): Sliced<BacklogReport> {
  const { phase, cursor } = backlogPhase(slice.cursor);
  const { limit, now } = slice;
  const part = { limit, now, ...(cursor === undefined ? {} : { cursor }) };
  const newest = sliceRange(cursor, store.nextMessage - 1).until;
  if (phase === 'windows') {
    const overdue = store.windows().filter((window) => window.times.dueAt < before);
    const { items, next } = sliceOf(overdue, part, newest);
    const following = next.next === undefined ? backlogCursor('messages') : backlogCursor('windows', next.next);
    if (policy === 'expire') {
      return { closed: [], collapsed: 0, messages: 0, expired: expireAll(items, now), next: following };
    }
    const closed = items.map((window) => closeOverdue(store, window, now));
    return { closed, collapsed: 0, messages: 0, expired: 0, next: following };
  }
  const queued = [...store.messages.values()].filter((message) => isOverdue(message, before));
  const { items, next } = sliceOf(queued, part, newest);
  const following = next.next === undefined ? {} : { next: backlogCursor('messages', next.next) };
  if (policy === 'expire') return { closed: [], collapsed: 0, messages: 0, expired: expireAll(items, now), ...following };
  let [collapsed, messages] = [0, 0];
  for (const message of items) {
    const done = collapse(store, message, before, newest, limit, now);
    collapsed += done;
    if (done > 0) messages++;
  }
  return { closed: [], collapsed, messages, expired: 0, ...following };
}

function isOverdue({ state, queuedAt }: MemoryMessage, before: number): boolean {
  return state === 'queued' && queuedAt < before;
}

function expireAll(messages: readonly MemoryMessage[], now: number): number {
  const deliveries = messages.flatMap(live);
  for (const delivery of deliveries) expire(delivery, now);
  return deliveries.length;
}

function closeOverdue(store: MemoryStoreState, window: MemoryWindow, now: number): ReturnType<typeof closeWindow> {
  const closed = closeWindow(store, window, 'time', now, 'digest');
  window.queuedAt = window.times.dueAt;
  return closed;
}

/** Makes a digest of a message and those among the next of its address that may join it. */
function collapse(
  store: MemoryStoreState,
  message: MemoryMessage,
  before: number,
  newest: number,
  limit: number,
  now: number,
): number {
  const overdue = [...store.messages.values()]
    .filter(({ id, channel, address }) => channel === message.channel && address === message.address && id >= message.id)
    .filter(({ id }) => id <= newest)
    .slice(0, limit)
    .filter((other) => isOverdue(other, before))
    .map((other) => ({ ...other, message: other, scope: scopeOf(other) }));
  const group = collapseGroups(overdue).find((facts) => facts.some((other) => other.message === message)) ?? [];
  return join(
    store,
    group.map((facts) => facts.message),
    now,
  );
}

/** Makes one digest of messages of one address. */
function join(store: MemoryStoreState, group: readonly MemoryMessage[], now: number): number {
  const entries = group.flatMap(live).sort((a, b) => a.id - b.id);
  const [first] = entries;
  if (first === undefined) return 0;
  const { channel, address } = first.message;
  const digest = store.addMessage({ channel, address, type: first.content.type }, 'aggregate', now);
  for (const message of group) {
    message.deliveries = message.deliveries.filter(({ ended }) => ended !== undefined);
    message.state = 'ended';
    message.updatedAt = now;
  }
  for (const delivery of entries) delivery.message = digest;
  digest.deliveries = entries;
  digest.openedAt = Math.min(...group.map(({ openedAt }) => openedAt));
  digest.rank = Math.min(...group.map(({ rank }) => rank));
  store.queue(digest, now, now);
  return entries.length;
}

function scopeOf(message: MemoryMessage): string | undefined {
  const [first] = live(message);
  return first === undefined ? undefined : collapseScope(first.content);
}
