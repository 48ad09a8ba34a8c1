import {
  type DeadFilter,
  type DismissReport,
  type ReplayProgress,
  type ReplayReport,
  type Slice,
  type Sliced,
} from '../notification-store.js';
import { rowCursor, sliceCursor } from '../slice-cursor.js';
import { iso } from '../stored-views.js';
import { type MemoryStoreState } from './memory-store-state.js';
import { deadMessages } from './pages.js';
import { live, type MemoryMessage } from './records.js';

/** Puts whole dead messages back in the queue, newest first. The cursor is the last one handled, and the replay. */
export function replay(store: MemoryStoreState, filter: DeadFilter, { limit, now, cursor }: Slice): Sliced<ReplayReport> {
  const [below, recorded] = cursor === undefined ? [Infinity, 0] : rowCursor(cursor);
  // Of an address that was erased nobody is left to send to.
  const left = commanded(store, filter, below).filter(({ address }) => address !== '');
  const messages = left.slice(0, limit);
  const replayId = recorded === 0 && messages.length > 0 ? store.replays.push(now) : recorded;
  for (const message of messages) {
    message.attempts = 0;
    message.queuedAt = now;
    message.updatedAt = now;
    message.replay = replayId;
    delete message.dismissedAt;
    store.queue(message, now, now);
  }
  const last = messages.at(-1);
  const next = last !== undefined && messages.length < left.length ? { next: sliceCursor(last.id, replayId) } : {};
  return { replayed: messages.flatMap(live).length, ...next };
}

/** Hides dead messages, newest first. */
export function dismiss(store: MemoryStoreState, filter: DeadFilter, { limit, now, cursor }: Slice): Sliced<DismissReport> {
  const left = commanded(store, filter, cursor === undefined ? Infinity : rowCursor(cursor)[0]);
  const messages = left.slice(0, limit);
  const hidden = messages.filter(({ dismissedAt }) => dismissedAt === undefined);
  for (const message of hidden) message.dismissedAt = now;
  const last = messages.at(-1);
  const next = last !== undefined && messages.length < left.length ? { next: sliceCursor(last.id, 0) } : {};
  return { dismissed: hidden.flatMap(live).length, ...next };
}

/** The dead that a command handles, newest first; without ids what was dismissed is passed over. */
function commanded(store: MemoryStoreState, filter: DeadFilter, below: number): readonly MemoryMessage[] {
  return deadMessages(store, filter).filter(
    ({ id, dismissedAt }) => id < below && (filter.ids !== undefined || dismissedAt === undefined),
  );
}

/** How far the last replays are, newest first. */
export function replays(store: MemoryStoreState, limit: number): ReplayProgress[] {
  const replayed = [...store.messages.values()].filter(({ replay: id }) => id !== undefined);
  return [...Map.groupBy(replayed, ({ replay: id = 0 }) => id)]
    .sort(([a], [b]) => b - a)
    .slice(0, limit)
    .map(([id, messages]) => {
      const of = (wanted?: string): number =>
        messages.filter(({ state }) => wanted === undefined || state === wanted).flatMap(live).length;
      const [deliveries, delivered, dead] = [of(), of('delivered'), of('dead')];
      const at = iso(store.replays[id - 1] ?? 0);
      return { id: String(id), at, deliveries, delivered, dead, pending: deliveries - delivered - dead };
    });
}
