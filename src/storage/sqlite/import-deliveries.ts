import { type MovedDelivery } from '../store-transfer.js';
import { PRIORITY_NUMBER, STATE_NUMBER } from '../persisted.js';
import { parsed } from '../stored-json.js';
import { type Database } from './database.js';
import { type CompressionOptions, pack } from './packing.js';

/** Writes a delivery of another store as the newest one of its message: they come in the order of their ids. */
export function importDelivery(db: Database, row: MovedDelivery, compression: CompressionOptions): void {
  const { id, message, json, ended } = row;
  const content = row.erased ? -id : row.content;
  if (json !== undefined && row.erased) {
    const redacted = { ...(parsed(json) as object | undefined), notification: row.notification };
    db.sql('INSERT INTO content (id, size, json) VALUES (?, 1, ?)').run(content, JSON.stringify(redacted));
  } else if (json !== undefined) {
    // The ids of a notification need not follow each other in every store: its content lies under all ids up to its last one.
    db.sql(
      `INSERT INTO content (id, size, json, notification) VALUES (?1, ?2 - ?1 + 1, ?3, ?4) ON CONFLICT (id) DO UPDATE SET size = excluded.size`,
    ).run(content, id, pack(json, compression), row.notification === content ? null : row.notification);
  }
  const prev = Number(db.sql('SELECT tail FROM message WHERE id = ?').get(message)?.['tail'] ?? 0);
  db.sql(
    `INSERT INTO delivery (id, content, message, prev, state, priority, at, ended_at, expires_at, dedupe, group_key, reason, recipient)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    id,
    content,
    message,
    prev,
    ended === undefined ? 0 : STATE_NUMBER[ended.state],
    PRIORITY_NUMBER[row.priority],
    row.at,
    ended?.at ?? null,
    row.expiresAt ?? null,
    row.dedupeKey ?? null,
    row.groupKey ?? null,
    ended?.reason ?? null,
    row.recipient ?? null,
  );
  db.sql('UPDATE message SET tail = ? WHERE id = ?').run(id, message);
}
