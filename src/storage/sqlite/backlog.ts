import { type BacklogPolicy } from '../../model/backlog.js';
import { collapseGroups, collapseScope, type QueuedFacts } from '../../model/decisions/backlog.js';
import { backlogCursor, backlogPhase } from '../backlog-phase.js';
import { type BacklogReport, type ClosedWindow, type Slice, type Sliced } from '../notification-store.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { expire } from './end-alone.js';
import { closeAs } from './close.js';
import { collapse } from './collapse.js';
import { contentOf } from './content.js';
import { windowSlice } from './flush.js';
import { type StoreState } from './store-state.js';
import { type OpenWindow } from './open-windows.js';
import { type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';
import { leaveWindow } from './window-entries.js';

/** Does with what was due before `before` as the policy says: first with windows, then with queued messages. */
export function clearBacklog(
  store: StoreState,
  policy: Exclude<BacklogPolicy, 'send'>,
  before: number,
  slice: Slice,
): Sliced<BacklogReport> {
  const { phase, cursor } = backlogPhase(slice.cursor);
  const part = { limit: slice.limit, now: slice.now, ...(cursor === undefined ? {} : { cursor }) };
  if (phase === 'messages') return clearMessages(store, policy, before, part);
  const isOverdue = ({ dueAt }: Readonly<OpenWindow>): boolean => dueAt < before;
  const { windows, next } = windowSlice(store, part, isOverdue, ({ count, severalTypes }) =>
    policy === 'expire' || severalTypes ? 1 + count : 1,
  );
  const closed: ClosedWindow[] = [];
  let expired = 0;
  for (const window of windows) {
    if (policy === 'collapse') closed.push(closeOverdue(store, window, slice.now));
    else expired += expireWindow(store, window, slice.now);
  }
  const following = next.next === undefined ? backlogCursor('messages') : backlogCursor('windows', next.next);
  return { closed, collapsed: 0, messages: 0, expired, next: following };
}

/** The next queued messages; `cursor` is the last one handled, and the newest when this began. */
function clearMessages(
  store: StoreState,
  policy: Exclude<BacklogPolicy, 'send'>,
  before: number,
  { limit, now, cursor }: Slice,
): Sliced<BacklogReport> {
  const { after, until } = sliceRange(cursor, store.nextMessage - 1);
  const found = store.db
    .sql('SELECT * FROM message WHERE state < 2 AND id > ? AND id <= ? ORDER BY id LIMIT ?')
    .all(after, until, limit) as unknown as MessageRow[];
  let [deliveries, messages, rows, last] = [0, 0, 0, after];
  for (const { id } of found) {
    if (rows >= limit) break;
    last = id;
    rows++;
    // One that stands before it may have taken it into its digest.
    const row = store.message(id);
    if (row === undefined || !isOverdue(store, row, before)) continue;
    const done = policy === 'expire' ? expireMessage(store, row, now) : collapseWith(store, row, before, until, limit, now);
    deliveries += done;
    rows += done;
    if (policy === 'collapse' && done > 0) messages++;
  }
  const isDone = found.length < limit && last === (found.at(-1)?.id ?? last);
  const done = policy === 'expire' ? { collapsed: 0, expired: deliveries } : { collapsed: deliveries, expired: 0 };
  return { closed: [], ...done, messages, ...(isDone ? {} : { next: backlogCursor('messages', sliceCursor(last, until)) }) };
}

function isOverdue(store: StoreState, { id, state, queued_at }: MessageRow, before: number): boolean {
  return state === MESSAGE_STATE.queued && (queued_at ?? 0) < before && !store.claims.has(id);
}

/** It counts as queued since it was due, so that its message is among the overdue ones. */
function closeOverdue(store: StoreState, window: OpenWindow, now: number): ClosedWindow {
  const closed = closeAs(store, window, 'digest', 'time', now);
  store.db.sql('UPDATE message SET queued_at = ? WHERE id = ?').run(window.dueAt, window.id);
  return closed;
}

/** Makes a digest of a message and those among the next of its address that may join it; 0 when none joins it. */
function collapseWith(store: StoreState, row: MessageRow, before: number, until: number, limit: number, now: number): number {
  const next = store.db
    .sql('SELECT * FROM message WHERE address = ? AND channel = ? AND id >= ? AND id <= ? ORDER BY id LIMIT ?')
    .all(row.address, row.channel, row.id, until, limit) as unknown as MessageRow[];
  const overdue = next.filter((other) => isOverdue(store, other, before)).map((other) => factsOf(store, other));
  const group = collapseGroups(overdue).find((facts) => facts.some((other) => other.row.id === row.id)) ?? [];
  return collapse(
    store,
    group.map((facts) => facts.row),
    now,
  );
}

function factsOf(store: StoreState, row: MessageRow): QueuedFacts & { readonly row: MessageRow } {
  const { channel, address, priority: rank, attempts } = row;
  const newest = store.delivery(row.tail);
  return { row, channel, address, rank, attempts, scope: newest === undefined ? undefined : collapseScope(contentOf(newest)) };
}

function expireWindow(store: StoreState, window: OpenWindow, now: number): number {
  const entries = store.entries(window.id, window.tail);
  for (const entry of entries) leaveWindow(store, window, entry, 'expired', now);
  return entries.length;
}

function expireMessage(store: StoreState, row: MessageRow, now: number): number {
  store.unqueue(row);
  let left = row.count;
  for (const entry of store.entries(row.id, row.tail)) expire(store, { ...row, count: left-- }, entry, now);
  return row.count;
}
