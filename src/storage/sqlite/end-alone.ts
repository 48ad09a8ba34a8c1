import { STATE_NUMBER } from '../persisted.js';
import { typeOf } from './content.js';
import { type StoreState } from './store-state.js';
import { type ClaimedRow, type DeliveryRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';

/** Ends one delivery of a queued message, because it expired; the last one ends the message. */
export function expire(store: StoreState, row: ClaimedRow, entry: DeliveryRow, now: number): void {
  endAlone(store, row, entry, STATE_NUMBER.expired, now);
  store.counters.move(row.channel, typeOf(entry, row), row.route, 'queued', 'expired', 1);
  store.noteEnded(row, entry, { state: 'expired', reason: 'expired', at: now });
}

/** The same for one that the suppression of its address stops. */
export function stop(store: StoreState, row: ClaimedRow, entry: DeliveryRow, now: number): void {
  endAlone(store, row, entry, STATE_NUMBER.cancelled, now);
  store.db.sql('UPDATE delivery SET reason = ? WHERE id = ?').run('suppressed', entry.id);
  store.counters.move(row.channel, typeOf(entry, row), row.route, 'queued', 'cancelled', 1);
  store.noteEnded(row, entry, { state: 'cancelled', reason: 'suppressed', at: now });
}

/** Writes that a delivery of a queued message ended on its own. Returns whether the message ended with it. */
export function endAlone(store: StoreState, row: ClaimedRow, entry: DeliveryRow, state: number, now: number): boolean {
  store.db.sql('UPDATE delivery SET state = ?, ended_at = ? WHERE id = ?').run(state, now, entry.id);
  store.db
    .sql('UPDATE message SET count = count - 1, updated_at = ?, state = CASE count WHEN 1 THEN ? ELSE state END WHERE id = ?')
    .run(now, MESSAGE_STATE.ended, row.id);
  return row.count === 1;
}
