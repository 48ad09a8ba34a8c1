import type { DatabaseSync } from 'node:sqlite';
import { StoreUnusableError, StoreVersionError } from '../../model/errors.js';
import { MIGRATIONS } from './schema.js';

/** `PRAGMA application_id` of a store: "NDGS" in ASCII (https://sqlite.org/pragma.html#pragma_application_id). */
export const APPLICATION_ID = 0x4e444753;
/** Tables of every version, by which a file of the first release is known: it has no id. */
const TABLES = ['claim', 'content', 'counter', 'delivery', 'history', 'idempotency', 'message', 'meta', 'policy'];

interface FileIdentity {
  /** Of the schema; 0 when there are no tables. */
  readonly version: number;
  readonly isNew: boolean;
  /** It has our id. */
  readonly isNamed: boolean;
}

/**
 * Whose file this is; it is only read.
 *
 * @throws StoreUnusableError when it is another application's, StoreVersionError when a newer release wrote it
 */
export function identify(db: DatabaseSync, path: string): FileIdentity {
  const id = pragma(db, 'application_id');
  const version = pragma(db, 'user_version');
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
    .map(({ name }) => String(name));
  const isNamed = id === APPLICATION_ID;
  const isEmpty = tables.length === 0 && (id === 0 || isNamed);
  if (!isNamed && !isEmpty && (id !== 0 || version === 0 || !TABLES.every((table) => tables.includes(table)))) {
    throw new StoreUnusableError(
      path,
      `is a database of another application (application_id ${id}, ${tables.length} tables)`,
      'It is left as it is; name another file',
    );
  }
  if (version > MIGRATIONS.length) throw new StoreVersionError(path, version, MIGRATIONS.length);
  return { version: isEmpty ? 0 : version, isNew: isEmpty, isNamed };
}

function pragma(db: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
