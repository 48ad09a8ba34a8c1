import { StoreMovedError } from '../../model/move-errors.js';
import { isRefused, type MoveMark } from '../store-transfer.js';
import { parsed } from '../stored-json.js';
import { type Database } from './database.js';

const KEY = 'move';

/** What a move left in the file. */
export function markOf(db: Database): MoveMark | undefined {
  const value = db.sql('SELECT value FROM meta WHERE key = ?').get(KEY)?.['value'];
  return typeof value === 'string' ? (parsed(value) as MoveMark | undefined) : undefined;
}

export function keepMark(db: Database, mark: MoveMark | undefined): void {
  db.sql('DELETE FROM meta WHERE key = ?').run(KEY);
  if (mark !== undefined) db.sql('INSERT INTO meta (key, value) VALUES (?, ?)').run(KEY, JSON.stringify(mark));
}

/** @throws StoreMovedError for a store that was moved, or that another one is being moved into */
export function refuseMoved(db: Database, path: string): void {
  const mark = markOf(db);
  if (mark !== undefined && isRefused(mark)) throw new StoreMovedError(path, mark);
}
