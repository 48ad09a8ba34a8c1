import { answerWithout } from './accept.js';
import { dropAttachments } from './attachments.js';
import { type ForgetReport, type Slice, type Sliced } from '../notification-store.js';
import { sliceCursor, sliceRange } from '../slice-cursor.js';
import { cancelEntry } from './cancel.js';
import { chainFrom } from './chain.js';
import { isRedacted, notificationOf, type RedactedContent, typeOf } from './content.js';
import { type StoreState } from './store-state.js';
import { pruneEntries } from './prune.js';
import { type DeliveryRow, type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';

/** What one message took. */
interface Step {
  readonly rows: number;
  readonly cancelled: number;
  readonly erased: number;
  readonly sending: number;
  readonly isDone: boolean;
}

/** Begins the cursors of the second phase. */
const ANSWERS = 'answers:';
/** Begins a cursor whose next message was pending when the command came to it: it stays, though its deliveries have ended by now. */
const PENDING = 'pending:';

/**
 * Erases what is stored of an address: message by message, and then from what idempotency keys were answered first. What ended is deleted; what is
 * pending is cancelled, and stays without its address and its content, so that its id still tells how it ended. What is being sent is left, and
 * counted.
 */
export function forget(store: StoreState, channel: string, address: string, slice: Slice): Sliced<ForgetReport> {
  const { cursor } = slice;
  if (cursor?.startsWith(ANSWERS) === true) {
    return forgetAnswers(store, address, { ...slice, cursor: cursor.slice(ANSWERS.length) });
  }
  const report = forgetMessages(store, channel, address, slice);
  if (report.next !== undefined) return report;
  return { ...report, next: ANSWERS + sliceCursor(0, store.idempotency.newest) };
}

/** On any channel: an answer does not say which, and loses nothing that its caller did not say. */
function forgetAnswers(store: StoreState, address: string, slice: Slice): Sliced<ForgetReport> {
  const { after, until } = sliceRange(slice.cursor, store.idempotency.newest);
  const last = store.idempotency.rewrite((answer) => answerWithout(address, answer), after, until, slice.limit);
  const nothing = { cancelled: 0, erased: 0, sending: 0 };
  return last === undefined ? nothing : { ...nothing, next: ANSWERS + sliceCursor(last, until) };
}

function forgetMessages(store: StoreState, channel: string, address: string, slice: Slice): Sliced<ForgetReport> {
  const { cursor = '' } = slice;
  const isPending = cursor.startsWith(PENDING);
  const { after, until } = sliceRange(isPending ? cursor.slice(PENDING.length) : slice.cursor, store.nextMessage - 1);
  const found = store.db
    .sql('SELECT id FROM message WHERE address = ? AND channel = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?')
    .all(address, channel, after, until, slice.limit);
  let [rows, cancelled, erased, sending, last] = [0, 0, 0, 0, after];
  for (const [index, { id }] of found.entries()) {
    if (rows >= slice.limit) return { cancelled, erased, sending, next: sliceCursor(last, until) };
    const row = store.message(Number(id));
    if (row === undefined) continue;
    const wasPending = row.state < MESSAGE_STATE.delivered || (isPending && index === 0);
    const step = forgetMessage(store, row, wasPending, slice.limit - rows, slice.now);
    rows += 1 + step.rows;
    cancelled += step.cancelled;
    erased += step.erased;
    sending += step.sending;
    if (!step.isDone) return { cancelled, erased, sending, next: (wasPending ? PENDING : '') + sliceCursor(last, until) };
    last = row.id;
  }
  const isDone = found.length < slice.limit;
  return { cancelled, erased, sending, ...(isDone ? {} : { next: sliceCursor(last, until) }) };
}

function forgetMessage(store: StoreState, row: MessageRow, wasPending: boolean, limit: number, now: number): Step {
  const nothing = { rows: 0, cancelled: 0, erased: 0, sending: 0, isDone: true };
  if (store.claims.has(row.id)) return { ...nothing, sending: row.count };
  if (wasPending) return cancelMessage(store, row, limit, now);
  // The newest rows stay, so that no id is given twice: without their contents.
  if (row.id === store.nextMessage - 1 || row.tail === store.nextDelivery - 1) return redactMessage(store, row, limit);
  const { deliveries, steps, all } = pruneEntries(store, row.id, row.tail, limit);
  if (all) store.db.sql('DELETE FROM message WHERE id = ?').run(row.id);
  return { ...nothing, rows: steps, erased: deliveries, isDone: all };
}

function cancelMessage(store: StoreState, row: MessageRow, limit: number, now: number): Step {
  let cancelled = 0;
  const tail = store.windows.byMessage(row.id)?.tail ?? row.tail;
  for (const entry of chainFrom(store, row.id, tail)) {
    if (entry.state !== 0) continue;
    if (cancelled >= limit) return { rows: cancelled, cancelled, erased: 0, sending: 0, isDone: false };
    const current = store.message(row.id);
    if (current === undefined) break;
    cancelEntry(store, entry, current, 'recipient_gone', now);
    cancelled++;
  }
  const ended = store.message(row.id) ?? row;
  const redacted = redactMessage(store, ended, Math.max(1, limit - cancelled));
  return { ...redacted, rows: cancelled + redacted.rows, cancelled };
}

/** Takes address and contents out of a message that ended. */
function redactMessage(store: StoreState, row: MessageRow, limit: number): Step {
  let rows = 0;
  for (const entry of chainFrom(store, row.id, row.tail)) {
    if (isRedacted(entry)) continue;
    if (rows >= limit) return { rows, cancelled: 0, erased: rows, sending: 0, isDone: false };
    redactEntry(store, entry, row);
    rows++;
  }
  store.db
    .sql(
      `UPDATE message SET address = '', detail = NULL, errors = NULL, answer = NULL, key = NULL, group_key = NULL, progress = NULL WHERE id = ?`,
    )
    .run(row.id);
  return { rows, cancelled: 0, erased: rows, sending: 0, isDone: true };
}

/** A separate content, below 0, that says nothing; the old one goes with the last delivery that has it. */
function redactEntry({ db }: StoreState, entry: DeliveryRow, row: MessageRow): void {
  const content: RedactedContent = {
    type: typeOf(entry, row),
    channel: row.channel,
    title: '',
    priority: 'normal',
    notification: notificationOf(entry),
  };
  db.sql('INSERT INTO content (id, size, json) VALUES (?, 1, ?)').run(-entry.id, JSON.stringify(content));
  db.sql('UPDATE delivery SET content = ?, dedupe = NULL, group_key = NULL, recipient = NULL WHERE id = ?').run(
    -entry.id,
    entry.id,
  );
  const { changes } = db
    .sql(
      'DELETE FROM content WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.id >= ?1 AND delivery.id < ?1 + content.size AND delivery.content = ?1)',
    )
    .run(entry.content);
  if (Number(changes) > 0) dropAttachments(db, entry.content);
}
