import { type DeliveryState } from '../../model/delivery.js';
import { type AddressSnapshot } from '../notification-store.js';
import { endedState, type StoreState } from './store-state.js';
import { type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';
import { stateOf } from './views.js';

/** What one address got, over what the store still keeps. */
export function addressSnapshot(store: StoreState, channel: string, address: string): AddressSnapshot | undefined {
  const counts: Partial<Record<DeliveryState, number>> = {};
  const add = (state: DeliveryState, count: number): void => {
    if (count > 0) counts[state] = (counts[state] ?? 0) + count;
  };
  let messagesMade = 0;
  let messagesSent = 0;
  let deliveriesSent = 0;
  let openWindows = 0;
  let totalSendMs = 0;
  let lastActivityAt: number | undefined;
  for (const raw of store.db.sql('SELECT * FROM message WHERE address = ? AND channel = ?').iterate(address, channel)) {
    const row = raw as unknown as MessageRow;
    const window = store.windows.byMessage(row.id);
    lastActivityAt = Math.max(lastActivityAt ?? 0, row.updated_at);
    if (window !== undefined) openWindows++;
    const held = window?.count ?? row.count;
    if (held > 0) messagesMade++;
    add(stateOf(store, row), held);
    if (row.state === MESSAGE_STATE.delivered) {
      messagesSent++;
      deliveriesSent += row.count;
      totalSendMs += row.updated_at - row.opened_at;
    }
    for (let id = window?.tail ?? row.tail; id !== 0;) {
      const entry = store.delivery(id);
      if (entry === undefined) break;
      const state = endedState(entry.state);
      if (entry.message === row.id) {
        lastActivityAt = Math.max(lastActivityAt, entry.ended_at ?? entry.at);
        if (state !== undefined) add(state, 1);
      }
      id = entry.prev;
    }
  }
  if (lastActivityAt === undefined) return undefined;
  return { counts, messagesMade, messagesSent, deliveriesSent, openWindows, totalSendMs, lastActivityAt };
}
