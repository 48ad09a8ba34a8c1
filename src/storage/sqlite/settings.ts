import { type Database } from './database.js';

const PREFIX = 'setting.';

export function setting(db: Database, name: string): string | undefined {
  const value = db.sql('SELECT value FROM meta WHERE key = ?').get(PREFIX + name)?.['value'];
  return typeof value === 'string' ? value : undefined;
}

export function saveSetting(db: Database, name: string, value: string | undefined): void {
  db.sql('DELETE FROM meta WHERE key = ?').run(PREFIX + name);
  if (value !== undefined) db.sql('INSERT INTO meta (key, value) VALUES (?, ?)').run(PREFIX + name, value);
}
