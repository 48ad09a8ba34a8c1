import { decidePlanChange, type Replanner, type WaitingDelivery } from '../../model/decisions/plan-change.js';
import { recipientIdOf } from '../../model/recipient.js';
import {
  type ClosedWindow,
  type Page,
  type PageRequest,
  type ReplanReport,
  type Slice,
  type Sliced,
} from '../notification-store.js';
import { badCursor, pageLimit, RECENT_MESSAGES } from '../page.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { changeWindow } from './apply-rules.js';
import { cancelEntry, refusalOf } from './cancel.js';
import { closeAs } from './close.js';
import { contentOf, notificationOf, typeOf } from './content.js';
import { rowsToClose } from './flush.js';
import { type StoreState } from './store-state.js';
import { type OpenWindow } from './open-windows.js';
import { type DeliveryRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';

/** Windows that a page of recipients looks at in memory for each address that it may hold. */
const LOOKS_PER_ADDRESS = 20;

/** Plans what waits for a recipient again: see the port. Queued messages are in the first slice. */
export function replan(
  store: StoreState,
  address: string,
  channels: readonly string[],
  replanner: Replanner,
  slice: Slice,
): Sliced<ReplanReport> {
  const { limit, cursor, now } = slice;
  const { after, until } = sliceRange(cursor, store.nextMessage - 1);
  const closed: ClosedWindow[] = [];
  let [moved, unchanged, rows, last] = [0, 0, 0, after];
  let cancelled = cursor === undefined ? cancelQueued(store, address, channels, replanner, now) : 0;
  const windows = channels
    .flatMap((channel) => store.windows.ofAddress(channel, address))
    .filter(({ id }) => id > after && id <= until)
    .sort((a, b) => a.id - b.id);
  for (const window of windows) {
    if (rows >= limit) return { closed, moved, unchanged, cancelled, next: sliceCursor(last, until) };
    last = window.id;
    rows += rowsToClose(window);
    cancelled += cancelUnwanted(store, window, replanner, now);
    if (window.count === 0) continue;
    const lastAt = store.delivery(window.tail)?.at ?? window.openedAt;
    const change = decidePlanChange(window, typesOf(store, window), lastAt, replanner, now);
    const dueBefore = window.dueAt;
    if (change.action === 'change') changeWindow(store, window, change.policy, change.times);
    if (change.action === 'change' && change.closes !== undefined) {
      closed.push(closeAs(store, window, change.closes, 'preferences_changed', now));
    } else if (window.dueAt === dueBefore) unchanged++;
    else moved++;
  }
  return { closed, moved, unchanged, cancelled };
}

/** `user:` addresses that have open windows, by the windows' ids. */
export function waitingRecipients(store: StoreState, { limit, cursor }: PageRequest): Page<string> {
  const after = cursor === undefined ? 0 : Number(cursor);
  if (!Number.isSafeInteger(after)) throw badCursor(cursor ?? '');
  const most = pageLimit(limit);
  const items = new Set<string>();
  let looks = 0;
  let last = after;
  for (const { id, address } of store.windows.after(after)) {
    if (items.size === most || ++looks > most * LOOKS_PER_ADDRESS) return { items: [...items], next: String(last) };
    last = id;
    if (recipientIdOf(address) !== undefined) items.add(address);
  }
  return { items: [...items] };
}

/** Takes out the entries of a window that no longer come; the last one ends the window. */
function cancelUnwanted(store: StoreState, window: OpenWindow, replanner: Replanner, now: number): number {
  const { channel, groupKey } = window;
  const types = typesOf(store, window);
  const asks = replanner.cancelsDelivery !== undefined;
  if (!asks && types.every((type) => replanner.cancels({ type, channel, groupKey }) === undefined)) return 0;
  let cancelled = 0;
  for (const entry of store.entries(window.id, window.tail)) {
    const subject = { type: typeOf(entry, window), channel, groupKey };
    const reason = replanner.cancels(subject) ?? replanner.cancelsDelivery?.(waitingOf(store, entry));
    const row = store.message(window.id);
    if (reason === undefined || row === undefined) continue;
    cancelEntry(store, entry, row, reason, now);
    cancelled++;
  }
  return cancelled;
}

function waitingOf(store: StoreState, entry: DeliveryRow): WaitingDelivery {
  return {
    deliveryId: store.publicId('d', entry.id),
    notificationId: store.publicId('n', notificationOf(entry)),
    acceptedAt: entry.at,
    content: contentOf(entry),
  };
}

function typesOf(store: StoreState, window: OpenWindow): readonly string[] {
  if (!window.severalTypes) return [window.type];
  return [...new Set(store.entries(window.id, window.tail).map((entry) => typeOf(entry, window)))];
}

function cancelQueued(
  store: StoreState,
  address: string,
  channels: readonly string[],
  replanner: Replanner,
  now: number,
): number {
  let cancelled = 0;
  for (const channel of channels) {
    const recent = store.db
      .sql('SELECT id, state FROM message WHERE address = ? AND channel = ? ORDER BY id DESC LIMIT ?')
      .all(address, channel, RECENT_MESSAGES);
    for (const { id } of recent.filter(({ state }) => state === MESSAGE_STATE.queued).reverse()) {
      const tail = store.message(Number(id))?.tail ?? 0;
      for (const entry of store.entries(Number(id), tail)) {
        const { type, groupKey } = contentOf(entry);
        const row = store.message(Number(id));
        const reason = replanner.cancels({ type, channel, groupKey }) ?? replanner.cancelsDelivery?.(waitingOf(store, entry));
        if (reason === undefined || row === undefined || refusalOf(store, entry, row) !== undefined) continue;
        cancelEntry(store, entry, row, reason, now);
        cancelled++;
      }
    }
  }
  return cancelled;
}
