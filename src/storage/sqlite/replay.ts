import { type DeadFilter, type ReplayProgress, type ReplayReport, type Slice, type Sliced } from '../notification-store.js';
import { rowCursor, sliceCursor } from '../slice-cursor.js';
import { liveFrom } from './chain.js';
import { deadMessages, isWanted } from './dead.js';
import { contentOf } from './content.js';
import { type Ledger } from './ledger.js';
import { type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';
import { watchExpiry } from './settle.js';

/** Replays whose progress is kept. */
const KEPT_REPLAYS = 100;
/** Dead messages that a slice may look at for each row that it may change. */
const LOOKS_PER_ROW = 5;

/**
 * Puts whole dead messages back in the queue, newest first or in the order of the ids, their ids and contents as they were.
 * The cursor is where to go on (a message, or a place in the ids), and the replay that the slices before recorded; 0: none.
 */
export function replay(ledger: Ledger, filter: DeadFilter, slice: Slice): Sliced<ReplayReport> {
  const { limit, now, cursor } = slice;
  const [start, recorded] = cursor === undefined ? [undefined, 0] : rowCursor(cursor);
  let replayId = recorded;
  let replayed = 0;
  let rows = 0;
  let next: number | undefined;
  for (const { at, row, readRows, isBound = false } of filter.ids === undefined
    ? newest(ledger, filter, start, limit * LOOKS_PER_ROW)
    : named(ledger, filter, filter.ids, start)) {
    next = at;
    if (isBound || rows >= limit) break;
    next = undefined;
    rows += readRows;
    if (row === undefined) continue;
    if (replayId === 0) replayId = record(ledger, now);
    requeue(ledger, row, replayId, now);
    replayed += row.count;
    rows += row.count;
  }
  return { replayed, ...(next === undefined ? {} : { next: sliceCursor(next, replayId) }) };
}

/** How far the last replays are, newest first; what was replayed again counts there. */
export function replays(ledger: Ledger, limit: number): ReplayProgress[] {
  const rows = ledger.db
    .sql(
      `SELECT r.id AS id, r.at AS at, sum(m.count) AS deliveries, sum(m.count * (m.state = ?)) AS delivered, sum(m.count * (m.state = ?)) AS dead
       FROM replay r JOIN message m ON m.replay = r.id GROUP BY r.id ORDER BY r.id DESC LIMIT ?`,
    )
    .all(MESSAGE_STATE.delivered, MESSAGE_STATE.dead, limit);
  return rows.map((row) => {
    const [deliveries, delivered, deadAgain] = [Number(row['deliveries']), Number(row['delivered']), Number(row['dead'])];
    const at = new Date(Number(row['at'])).toISOString();
    const pending = deliveries - delivered - deadAgain;
    return { id: String(row['id']), at, deliveries, delivered, dead: deadAgain, pending };
  });
}

/** One step through the dead. */
interface Step {
  /** The place that a cursor gives it: of the message, or in the list of ids. */
  readonly at: number;
  /** The message, when it is asked for. */
  readonly row: MessageRow | undefined;
  /** Rows that were read for it. */
  readonly readRows: number;
  /** Enough was looked at: the next slice goes on here. */
  readonly isBound?: true;
}

/** Dead messages from `upTo` down; behind so many looks there is one step more, where the next slice goes on. */
function* newest(ledger: Ledger, filter: DeadFilter, upTo = Number.MAX_SAFE_INTEGER, looks: number): Generator<Step> {
  const rows = [...deadMessages(ledger, upTo, looks + 1)];
  for (const [index, row] of rows.entries()) {
    if (index === looks) yield { at: row.id, row: undefined, readRows: 0, isBound: true };
    else if (!isWanted(row, filter)) yield { at: row.id, row: undefined, readRows: 1 / LOOKS_PER_ROW };
    else if (filter.type === undefined || row.mixed === 0) yield { at: row.id, row, readRows: 1 };
    else yield { at: row.id, ...withType(ledger, row, filter.type) };
  }
}

/** The messages of deliveries, from place `start` in their ids on. */
function* named(ledger: Ledger, filter: DeadFilter, ids: readonly string[], start = 0): Generator<Step> {
  for (let at = start; at < ids.length; at++) {
    const entry = ledger.delivery(ledger.privateId('d', ids[at] ?? ''));
    const row = entry?.state === 0 ? ledger.message(entry.message) : undefined;
    const isDead = row?.state === MESSAGE_STATE.dead && isWanted(row, filter);
    const isAsked = isDead && entry !== undefined && (filter.type === undefined || contentOf(entry).type === filter.type);
    yield { at, row: isAsked ? row : undefined, readRows: 1 };
  }
}

function withType(ledger: Ledger, row: MessageRow, type: string): Pick<Step, 'row' | 'readRows'> {
  let readRows = 1;
  for (const entry of liveFrom(ledger, row.id, row.tail)) {
    readRows++;
    if (contentOf(entry).type === type) return { row, readRows };
  }
  return { row: undefined, readRows };
}

function requeue(ledger: Ledger, row: MessageRow, replayId: number, now: number): void {
  ledger.db
    .sql('UPDATE message SET state = ?, attempts = 0, queued_at = ?, ready_at = ?, updated_at = ?, replay = ? WHERE id = ?')
    .run(MESSAGE_STATE.queued, now, now, now, replayId, row.id);
  ledger.count(row, 'dead', 'queued');
  watchExpiry(ledger, row);
  ledger.queue({ ...row, attempts: 0 }, now, now);
}

function record({ db }: Ledger, now: number): number {
  const id = Number(db.sql('INSERT INTO replay (at) VALUES (?)').run(now).lastInsertRowid);
  db.sql('DELETE FROM replay WHERE id <= ?').run(id - KEPT_REPLAYS);
  return id;
}
