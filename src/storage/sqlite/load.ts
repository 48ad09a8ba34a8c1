import { PRIORITIES } from '../../model/notification.js';
import { contentOf } from './content.js';
import { type Ledger } from './ledger.js';
import { rememberLike } from '../window-key.js';
import { DUE } from './number-heap.js';
import { type OpenWindow } from './open-windows.js';
import { type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';

/** Reads from the rows what memory holds about them, once, when the store is opened. */
export function load(ledger: Ledger, now: number): void {
  ledger.read();
  loadMessages(ledger, now);
  loadEntries(ledger);
  loadExpiries(ledger);
}

/** Open windows and the ready queue. */
function loadMessages(ledger: Ledger, now: number): void {
  for (const raw of ledger.db.sql('SELECT * FROM message WHERE state < 2 ORDER BY id').iterate()) {
    const row = raw as unknown as MessageRow;
    if (row.state === MESSAGE_STATE.queued) {
      ledger.queue(row, row.ready_at ?? now, now);
      continue;
    }
    const policy = ledger.policy(row.policy);
    if (policy === undefined) continue;
    ledger.windows.add({
      id: row.id,
      key: row.key ?? '',
      channel: row.channel,
      address: row.address,
      type: row.type,
      ...(row.group_key === null ? {} : { groupKey: row.group_key }),
      policy,
      openedAt: row.opened_at,
      ...(row.not_before === null ? {} : { notBefore: row.not_before }),
      dueAt: row.due_at ?? now,
      count: 0,
      led: row.led,
      tail: 0,
      priority: PRIORITIES.length - 1,
      mixed: row.mixed === 1,
    });
    const first = policy.similarity === undefined ? undefined : ledger.delivery(row.first);
    if (first !== undefined) rememberLike(row.key ?? '', contentOf(first), policy, ledger.windows.likeness);
  }
}

/** Counts, tails, priorities and dedupe keys of the open windows, from their deliveries. */
function loadEntries(ledger: Ledger): void {
  let first = Infinity;
  for (const raw of ledger.db.sql('SELECT min(first) AS first FROM message WHERE state = 0').iterate()) {
    if (raw['first'] !== null) first = Number(raw['first']);
  }
  if (first === Infinity) return;
  const entries = ledger.db.sql('SELECT id, message, state, priority, at, dedupe FROM delivery WHERE id >= ? ORDER BY id');
  for (const raw of entries.iterate(first)) {
    const window = ledger.windows.byMessage(Number(raw['message']));
    if (window === undefined) continue;
    const id = Number(raw['id']);
    window.tail = id;
    window.dueAt = Math.max(window.dueAt, slidDueAt(window, Number(raw['at'])));
    if (raw['state'] !== 0) continue;
    window.count++;
    ledger.windows.items++;
    window.priority = Math.min(window.priority, Number(raw['priority']));
    if (typeof raw['dedupe'] === 'string') ledger.windows.dedupeOf(window).set(raw['dedupe'], id);
  }
  for (const window of ledger.windows.all()) ledger.due.push(window.dueAt, window.id, DUE.window);
}

/** A sliding window's due moment is not written for every entry: it follows from the newest one. */
function slidDueAt({ policy, openedAt, notBefore }: OpenWindow, lastAt: number): number {
  if (policy.mode !== 'sliding' || policy.schedule !== undefined || notBefore !== undefined) return 0;
  return Math.min(lastAt + policy.windowMs, openedAt + policy.maxWaitMs);
}

/** What is pending and expires. */
function loadExpiries({ db, due }: Ledger): void {
  const rows = db.sql(
    'SELECT d.id AS id, d.expires_at AS at FROM delivery d JOIN message m ON m.id = d.message WHERE d.expires_at IS NOT NULL AND d.state = 0 AND m.state < 2',
  );
  for (const row of rows.iterate()) due.push(Number(row['at']), Number(row['id']), DUE.expiry);
}
