import { type Database } from './database.js';
import { type StoreState } from './store-state.js';

/** Pages of 4 KiB that are given back at about the cost of a row. */
const PAGES_PER_ROW = 2;
const PAGE_BYTES = 4_096;

/** Stores the attachments of a content, in their order. */
export function addAttachments({ db }: StoreState, content: number, attachments: readonly Uint8Array[]): void {
  attachments.forEach((bytes, number) => {
    db.sql('INSERT INTO attachment (content, number, bytes) VALUES (?, ?, ?)').run(content, number, bytes);
  });
}

/** The bytes of a delivery's notification: see the port. */
export function attachmentsOf(store: StoreState, deliveryId: string): readonly Uint8Array[] {
  const { db } = store;
  const id = store.privateId('d', deliveryId);
  const rows = db
    .sql('SELECT bytes FROM attachment WHERE content = (SELECT content FROM delivery WHERE id = ?) ORDER BY number')
    .all(id);
  return rows.map((row) => row['bytes'] as Uint8Array);
}

/** Deletes the attachments of a content that was deleted. Returns the cost of that, in rows. */
export function dropAttachments(db: Database, content: number): number {
  // The length of a blob is in its row; its pages are not read for it.
  const found = db.sql('SELECT sum(length(bytes)) AS bytes FROM attachment WHERE content = ?').get(content)?.['bytes'];
  if (typeof found !== 'number') return 0;
  db.sql('DELETE FROM attachment WHERE content = ?').run(content);
  return Math.ceil(found / (PAGES_PER_ROW * PAGE_BYTES));
}
