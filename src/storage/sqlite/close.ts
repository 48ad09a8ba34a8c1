import { addressToClose } from '../../model/decisions/address-limit.js';
import { type CloseShape, closedWindow, readyAtClose, shapeAtClose } from '../../model/decisions/closing.js';
import { type CloseReason } from '../../model/window.js';
import { type ClosedWindow } from '../notification-store.js';
import { moveTo, releaseLive } from './chain.js';
import { typeOf } from './content.js';
import { type StoreState } from './store-state.js';
import { type OpenWindow } from './open-windows.js';
import { endMessage, insertQueued } from './message-row.js';
import { MESSAGE_STATE } from './schema.js';
import { LEAST_URGENT, ROUTE_NUMBER } from '../persisted.js';

/**
 * Closes a window: from here its message's entries are settled, and a late one opens the next window.
 *
 * @param leastRank of priority that its message gets, whatever is in it
 */
export function closeWindow(
  store: StoreState,
  window: OpenWindow,
  reason: CloseReason,
  now: number,
  leastRank = LEAST_URGENT,
): ClosedWindow {
  return closeAs(store, window, shapeAtClose(window.policy, window.count), reason, now, leastRank);
}

/** The same where the shape does not follow from the window's own policy. */
export function closeAs(
  store: StoreState,
  window: OpenWindow,
  shape: CloseShape,
  reason: CloseReason,
  now: number,
  leastRank = LEAST_URGENT,
): ClosedWindow {
  store.windows.remove(window);
  switch (shape) {
    case 'digest':
      queueDigest(store, window, reason, now, leastRank);
      break;
    case 'individual':
      queueIndividually(store, window, now);
      store.db.sql('UPDATE message SET closed_at = ?, closed_by = ? WHERE id = ?').run(now, reason, window.id);
      break;
  }
  return closedWindow(store.publicId('m', window.id), window, reason, now);
}

/** Closes the windows of the least recently active address when a channel has too many. */
export function keepToLimit(store: StoreState, channel: string, maxAddresses: number, now: number): ClosedWindow[] {
  const addresses = store.windows.addressesOf(channel);
  if (addresses.size <= maxAddresses) return [];
  const own = (address: string) => store.windows.ofAddress(channel, address).filter(({ notBefore }) => notBefore === undefined);
  const active = [...addresses.keys()].map((address) => ({
    address,
    lastEntry: Math.max(...own(address).map(({ tail }) => tail)),
  }));
  const gone = addressToClose(active, maxAddresses);
  return gone === undefined ? [] : own(gone).map((window) => closeWindow(store, window, 'flush', now));
}

/** What the row says is known of the window already: it is written once, and not read. */
function queueDigest(store: StoreState, window: OpenWindow, reason: CloseReason, now: number, leastRank: number): void {
  const rank = Math.min(leastRank, store.priorityOf(window));
  const readyAt = readyAtClose(window, now);
  const { id, channel, address, type, count, tail } = window;
  store.db
    .sql(
      'UPDATE message SET state = ?, count = ?, tail = ?, priority = ?, queued_at = ?, ready_at = ?, updated_at = ?, closed_at = ?, closed_by = ?, due_at = ? WHERE id = ?',
    )
    .run(MESSAGE_STATE.queued, count, tail, rank, readyAt, readyAt, now, now, reason, window.dueAt, id);
  const mixed = window.severalTypes ? 1 : 0;
  const row = { id, channel, address, type, route: ROUTE_NUMBER.aggregate, priority: rank, attempts: 0, send_by: null };
  store.count({ ...row, mixed, count, tail }, 'gathering', 'queued');
  store.queue(row, readyAt, now);
}

/** Too few for a digest: each goes on in its own message. */
function queueIndividually(store: StoreState, window: OpenWindow, now: number): void {
  endWindow(store, window, now);
  const ended = store.message(window.id);
  const readyAt = readyAtClose(window, now);
  for (const entry of releaseLive(store, window.id, window.tail)) {
    const id = store.nextMessage++;
    const type = typeOf(entry, window);
    const row = {
      id,
      channel: window.channel,
      address: window.address,
      type,
      route: ended?.route ?? 0,
      priority: entry.priority,
      attempts: 0,
      send_by: null,
      openedAt: entry.at,
    };
    insertQueued(store, row, entry.id, now, readyAt, store.policyId(window.policy));
    moveTo(store, entry.id, id, 0);
    store.counters.move(row.channel, type, row.route, 'gathering', 'queued', 1);
    store.queue(row, readyAt, now);
  }
}

/** Nothing is left of its entries, or each of them goes on in its own message. */
export function endWindow(store: StoreState, window: OpenWindow, now: number): void {
  store.db.sql('UPDATE message SET tail = ? WHERE id = ?').run(window.tail, window.id);
  endMessage(store, window.id, now);
}
