import type * as Pg from 'pg';
import { InvalidConfigurationError } from '../../model/errors.js';

export type PgLibrary = Pick<typeof Pg, 'Client' | 'Pool' | 'types'>;

/**
 * node-postgres, loaded when a store on PostgreSQL is opened: nobody else needs to have it installed.
 *
 * @throws InvalidConfigurationError when it is not installed
 */
export async function pgLibrary(): Promise<PgLibrary> {
  try {
    return (await import('pg')).default;
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new InvalidConfigurationError([
      'STORE_URL (store.url): PostgreSQL needs the package pg, which is not installed; run: npm i pg',
    ]);
  }
}

/** As both module systems say it. */
function isMissing(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}
