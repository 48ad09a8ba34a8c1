import {
  type DeadFilter,
  type DismissReport,
  type ReplayProgress,
  type ReplayReport,
  type Slice,
  type Sliced,
} from '../notification-store.js';
import { rowCursor, sliceCursor } from '../slice-cursor.js';
import { deadSteps } from './dead-steps.js';
import { type StoreState } from './store-state.js';
import { type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';
import { watchExpiry } from './settle.js';

/** Replays whose progress is kept. */
const KEPT_REPLAYS = 100;

/**
 * Puts whole dead messages back in the queue, newest first or in the order of the ids, their ids and contents as they were.
 * The cursor is where to go on (a message, or a place in the ids), and the replay that the slices before recorded; 0: none.
 */
export function replay(store: StoreState, filter: DeadFilter, slice: Slice): Sliced<ReplayReport> {
  const { limit, now, cursor } = slice;
  const [start, recorded] = cursor === undefined ? [undefined, 0] : rowCursor(cursor);
  let replayId = recorded;
  let replayed = 0;
  let rows = 0;
  let next: number | undefined;
  for (const { at, row, readRows, isBound = false } of deadSteps(store, filter, start, limit)) {
    next = at;
    if (isBound || rows >= limit) break;
    next = undefined;
    rows += readRows;
    // Of an address that was erased nobody is left to send to.
    if (row === undefined || row.address === '') continue;
    if (replayId === 0) replayId = record(store, now);
    requeue(store, row, replayId, now);
    replayed += row.count;
    rows += row.count;
  }
  return { replayed, ...(next === undefined ? {} : { next: sliceCursor(next, replayId) }) };
}

/** Hides dead messages. The cursor is where to go on. */
export function dismiss(store: StoreState, filter: DeadFilter, { limit, now, cursor }: Slice): Sliced<DismissReport> {
  let dismissed = 0;
  let rows = 0;
  for (const { at, row, readRows, isBound = false } of deadSteps(
    store,
    filter,
    cursor === undefined ? undefined : rowCursor(cursor)[0],
    limit,
  )) {
    if (isBound || rows >= limit) return { dismissed, next: sliceCursor(at, 0) };
    rows += readRows;
    if (row === undefined || row.dismissed_at !== null) continue;
    store.db.sql('UPDATE message SET dismissed_at = ? WHERE id = ?').run(now, row.id);
    dismissed += row.count;
  }
  return { dismissed };
}

/** How far the last replays are, newest first; what was replayed again counts there. */
export function replays(store: StoreState, limit: number): ReplayProgress[] {
  const rows = store.db
    .sql(
      `SELECT r.id AS id, r.at AS at, sum(m.count) AS deliveries, sum(m.count * (m.state = ?1)) AS delivered, sum(m.count * (m.state = ?2)) AS dead
       FROM (SELECT id, at FROM replay ORDER BY id DESC LIMIT ?3) r JOIN message m ON m.replay = r.id GROUP BY r.id ORDER BY r.id DESC`,
    )
    .all(MESSAGE_STATE.delivered, MESSAGE_STATE.dead, limit);
  return rows.map((row) => {
    const [deliveries, delivered, deadAgain] = [Number(row['deliveries']), Number(row['delivered']), Number(row['dead'])];
    const at = new Date(Number(row['at'])).toISOString();
    const pending = deliveries - delivered - deadAgain;
    return { id: String(row['id']), at, deliveries, delivered, dead: deadAgain, pending };
  });
}

function requeue(store: StoreState, row: MessageRow, replayId: number, now: number): void {
  store.db
    .sql(
      'UPDATE message SET state = ?, attempts = 0, queued_at = ?, ready_at = ?, updated_at = ?, replay = ?, dismissed_at = NULL WHERE id = ?',
    )
    .run(MESSAGE_STATE.queued, now, now, now, replayId, row.id);
  store.count(row, 'dead', 'queued');
  watchExpiry(store, row);
  store.queue({ ...row, attempts: 0 }, now, now);
}

function record({ db }: StoreState, now: number): number {
  const id = Number(db.sql('INSERT INTO replay (at) VALUES (?)').run(now).lastInsertRowid);
  db.sql('DELETE FROM replay WHERE id <= ?').run(id - KEPT_REPLAYS);
  return id;
}
