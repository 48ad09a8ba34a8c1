import { type PruneReport } from '../notification-store.js';
import { type Ledger } from './ledger.js';
import { type MessageRow } from './rows.js';
import { MESSAGE_STATE } from './schema.js';

/** Pages given back to the file system at the most in one step. */
const VACUUM_PAGES = 256;

/** Drops what ended before `before`, at most `limit` messages, from `cursor` on. Returns where to go on; 0 at the end. */
export function prune(
  ledger: Ledger,
  cursor: number,
  before: number,
  historyBefore: number,
  limit: number,
): { report: PruneReport; cursor: number } {
  const { db } = ledger;
  // The newest rows stay, so that no id is ever given twice.
  const rows = db
    .sql('SELECT * FROM message WHERE id > ? AND id < ? ORDER BY id LIMIT ?')
    .all(cursor, ledger.nextMessage - 1, limit) as unknown as MessageRow[];
  let deliveries = 0;
  let messages = 0;
  for (const row of rows) {
    if (row.state < MESSAGE_STATE.delivered || row.updated_at >= before) continue;
    const kept = pruneEntries(ledger, row);
    if (kept === undefined) continue;
    deliveries += kept;
    messages++;
    db.sql('DELETE FROM message WHERE id = ?').run(row.id);
  }
  const forgotten = ledger.idempotency.prune(before, limit);
  const history = Number(
    db
      .sql('DELETE FROM history WHERE (at, step_ms, name) IN (SELECT at, step_ms, name FROM history WHERE at < ? LIMIT ?)')
      .run(historyBefore, limit).changes,
  );
  const more = rows.length === limit || forgotten === limit || history === limit;
  return { report: { deliveries, messages, more }, cursor: rows.length === limit ? (rows.at(-1)?.id ?? 0) : 0 };
}

/** Gives the free pages back, a bounded number at a time (https://sqlite.org/pragma.html#pragma_incremental_vacuum). */
export function vacuumStep(ledger: Ledger): void {
  ledger.db.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
}

/** Deletes a message's own deliveries; undefined when the newest of all is among them and they must stay. */
function pruneEntries(ledger: Ledger, row: MessageRow): number | undefined {
  const { db } = ledger;
  if (row.tail === ledger.nextDelivery - 1) return undefined;
  let count = 0;
  for (let id = row.tail; id !== 0;) {
    const entry = ledger.delivery(id);
    if (entry === undefined) break;
    if (entry.message === row.id) {
      db.sql('DELETE FROM delivery WHERE id = ?').run(id);
      db.sql(
        'DELETE FROM content WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.id >= content.id AND delivery.id < content.id + content.size)',
      ).run(entry.content);
      count++;
    }
    id = entry.prev;
  }
  return count;
}
