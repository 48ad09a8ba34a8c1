import { type PruneReport, type PruneRequest } from '../notification-store.js';
import { dropAttachments } from './attachments.js';
import { type StoreState } from './store-state.js';
import { notePruned } from './sequence-numbers.js';

/** The part of the file's pages that may stay free, for what comes next; the file shrinks by the rest. */
const FREE_SHARE = 1 / 16;
const LEAST_FREE_PAGES = 256;

/** Deletes what is old enough, at most `limit` rows, then gives free pages back to the file system, at most as many. */
export function prune(store: StoreState, request: PruneRequest): PruneReport & { readonly shrank: boolean } {
  const { limit, finishedBefore, keysBefore, historyBefore } = request;
  let left = limit;
  let deliveries = 0;
  let messages = 0;
  for (const { id, tail, channel, sequence } of finished(store, finishedBefore, limit)) {
    if (left <= 0) break;
    if (sequence !== null) notePruned(store.db, channel, sequence);
    const deleted = pruneEntries(store, id, tail, left);
    deliveries += deleted.deliveries;
    left -= deleted.steps;
    if (left <= 0 || !deleted.all) break;
    store.db.sql('DELETE FROM message WHERE id = ?').run(id);
    messages++;
    left--;
  }
  if (left > 0) left -= store.idempotency.prune(keysBefore, left);
  if (left > 0) left -= pruneHistory(store, historyBefore, left);
  const vacuumed = left > 0 ? vacuum(store, left) : { more: true, shrank: false };
  return { deliveries, messages, ...vacuumed };
}

interface Finished {
  readonly id: number;
  readonly tail: number;
  readonly channel: string;
  readonly sequence: number | null;
}

/** Messages that ended before, the oldest end first. The newest rows stay, so that no id is ever given twice. */
function finished({ db, nextMessage, nextDelivery }: StoreState, before: number, limit: number): readonly Finished[] {
  return db
    .sql(
      'SELECT id, tail, channel, sequence FROM message INDEXED BY message_ended WHERE state >= 3 AND updated_at < ? AND id < ? AND tail < ? ORDER BY updated_at LIMIT ?',
    )
    .all(before, nextMessage - 1, nextDelivery - 1, limit) as unknown as Finished[];
}

/** Deletes a message's own deliveries, the newest first; what is left of a long chain is for the next call. */
export function pruneEntries(
  { db }: StoreState,
  message: number,
  tail: number,
  limit: number,
): { readonly deliveries: number; readonly steps: number; readonly all: boolean } {
  let deliveries = 0;
  let live = 0;
  let steps = 0;
  let id = tail;
  for (; id !== 0 && steps < limit; steps++) {
    const entry = db.sql('SELECT message, content, prev, state FROM delivery WHERE id = ?').get(id);
    if (entry === undefined) {
      id = 0;
      break;
    }
    if (entry['message'] === message) {
      db.sql('DELETE FROM delivery WHERE id = ?').run(id);
      const content = Number(entry['content']);
      const { changes } = db
        .sql(
          'DELETE FROM content WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.id >= content.id AND delivery.id < content.id + content.size AND delivery.content = ?1)',
        )
        .run(content);
      if (Number(changes) > 0) steps += dropAttachments(db, content);
      deliveries++;
      if (entry['state'] === 0) live++;
    }
    id = Number(entry['prev']);
  }
  if (id !== 0) db.sql('UPDATE message SET tail = ?, count = max(0, count - ?) WHERE id = ?').run(id, live, message);
  return { deliveries, steps, all: id === 0 };
}

function pruneHistory({ db }: StoreState, before: number, limit: number): number {
  const { changes } = db
    .sql('DELETE FROM history WHERE (at, step_ms, name) IN (SELECT at, step_ms, name FROM history WHERE at < ? LIMIT ?)')
    .run(before, limit);
  return Number(changes);
}

/** Moves pages from the end of the file to free ones (https://sqlite.org/pragma.html#pragma_incremental_vacuum). */
function vacuum({ db }: StoreState, pages: number): { readonly more: boolean; readonly shrank: boolean } {
  const free = countOf(db, 'freelist_count');
  const keep = Math.max(LEAST_FREE_PAGES, Math.floor(countOf(db, 'page_count') * FREE_SHARE));
  if (free <= keep) return { more: false, shrank: false };
  db.exec(`PRAGMA incremental_vacuum(${Math.min(pages, free - keep)})`);
  const left = countOf(db, 'freelist_count');
  // A file that was made without auto_vacuum never shrinks.
  return { more: left < free && left > keep, shrank: left < free };
}

function countOf(db: StoreState['db'], pragma: 'freelist_count' | 'page_count'): number {
  return Number(db.sql(`PRAGMA ${pragma}`).get()?.[pragma] ?? 0);
}
