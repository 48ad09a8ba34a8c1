import { windowKey } from '../../model/decisions/window-key.js';
import { moveTo, releaseLive } from './chain.js';
import { contentOf, typeOf } from './content.js';
import { type StoreState } from './store-state.js';
import { endMessage } from './message-row.js';
import { type OpenWindow } from './open-windows.js';
import { type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';
import { joinWindow } from './window-entries.js';

/**
 * Takes into the window of a burst, before its first entry, what went out at once and is still queued. Their ids are lower
 * than that of every entry to come, so the chain stays in order.
 */
export function gatherQueued(store: StoreState, window: OpenWindow, now: number): void {
  const rows = store.db
    .sql(
      'SELECT * FROM message WHERE address = ? AND channel = ? AND state = ? AND attempts = 0 AND reason IS NULL AND policy = ? ORDER BY id',
    )
    .all(window.address, window.channel, MESSAGE_STATE.queued, store.policyId(window.policy));
  const gathered = rows
    .map((raw) => raw as unknown as MessageRow)
    .filter((row) => !store.claims.has(row.id) && belongs(store, window, row))
    .flatMap((row) => {
      store.unqueue(row);
      const live = releaseLive(store, row.id, row.tail).map((entry) => ({ entry, from: row }));
      endMessage(store, row.id, now);
      return live;
    })
    .sort((a, b) => a.entry.id - b.entry.id);
  const [first] = gathered;
  if (first !== undefined) {
    store.db.sql('UPDATE message SET first = min(first, ?) WHERE id = ?').run(first.entry.id, window.id);
  }
  for (const { entry, from } of gathered) {
    const type = typeOf(entry, from);
    moveTo(store, entry.id, window.id, window.tail);
    store.counters.add(window.channel, type, from.route, 'queued', -1);
    joinWindow(store, window, { ...entry, type }, now);
  }
}

/** What would gather with it. What has a `sendAt` has no policy of a burst limit. */
function belongs(store: StoreState, { key, address, policy }: OpenWindow, { id, tail }: MessageRow): boolean {
  return store.entries(id, tail).every((entry) => windowKey(contentOf(entry), address, policy) === key);
}
