import { type Database } from './database.js';

/** Begins the keys of settings in `meta`. */
export const SETTING_PREFIX = 'setting.';

export function setting(db: Database, name: string): string | undefined {
  const value = db.sql('SELECT value FROM meta WHERE key = ?').get(SETTING_PREFIX + name)?.['value'];
  return typeof value === 'string' ? value : undefined;
}

export function saveSetting(db: Database, name: string, value: string | undefined): void {
  db.sql('DELETE FROM meta WHERE key = ?').run(SETTING_PREFIX + name);
  if (value !== undefined) db.sql('INSERT INTO meta (key, value) VALUES (?, ?)').run(SETTING_PREFIX + name, value);
}
