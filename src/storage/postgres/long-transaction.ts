import { type Queries } from './transaction.js';

/** From here on, a transaction that stands open is a warning, ms: the queue has been seen to slow down to half within minutes. */
export const LONG_TRANSACTION_MS = 5 * 60_000;

/**
 * The transaction that has kept rows which are deleted from being removed (the xmin horizon) for longer than `ageMs`, in words; undefined when there is none. Each
 * claim passes over the rows that were claimed since. Of sessions of other roles only a member of `pg_read_all_stats` sees when they began.
 */
export async function longTransaction(queries: Queries, ageMs = LONG_TRANSACTION_MS): Promise<string | undefined> {
  const [found] = await queries.query<{
    readonly pid: number;
    readonly name: string;
    readonly role: string | null;
    readonly seconds: number;
  }>(
    `SELECT pid, application_name AS name, usename AS role, floor(extract(epoch FROM clock_timestamp() - xact_start))::integer AS seconds
     FROM pg_stat_activity
     WHERE (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL) AND pid <> pg_backend_pid()
       AND (datname = current_database() OR backend_type = 'walsender')
       AND xact_start < clock_timestamp() - make_interval(secs => $1::double precision / 1000)
     ORDER BY xact_start LIMIT 1`,
    [ageMs],
  );
  if (found === undefined) return undefined;
  const { pid, name, role, seconds } = found;
  const who = name === '' ? 'a session without application_name' : JSON.stringify(name);
  return `a transaction of ${who} (role ${role ?? 'unknown'}, pid ${pid}) has been open for ${seconds} s, and keeps deleted rows from being removed: work is claimed more and more slowly until it ends`;
}
