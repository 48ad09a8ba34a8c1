import { type Queries } from './transaction.js';

/** Tells a transaction from every other one. */
export interface TransactionMark {
  /** `xid8` */
  readonly xid: string;
  /** Of the server's clock. */
  readonly at: string;
  /** It changes when a standby takes over. */
  readonly timeline: string;
}

/** Ends the statement that begins a transaction; its result is a {@link TransactionMark}. */
export const MARK_TRANSACTION = `SELECT pg_current_xact_id()::text AS xid, clock_timestamp()::text AS at,
  left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) AS timeline`;

/** What became of a transaction. `forgotten`: the server does not know. */
export type TransactionFate = 'committed' | 'aborted' | 'in progress' | 'forgotten';

/** The connection broke between COMMIT and its answer. */
export class UncertainCommitError extends Error {
  /** @param value what the transaction came to, if it is committed */
  constructor(
    readonly mark: TransactionMark,
    readonly value: unknown,
    cause: unknown,
  ) {
    super('the answer to COMMIT was lost', { cause });
  }
}

/**
 * A server that recovered from a crash, and a standby that took over, give numbers of transactions that were lost to new ones: then the number
 * says nothing. A recovery resets the server's statistics.
 */
export async function fateOf({ xid, at, timeline }: TransactionMark, queries: Queries): Promise<TransactionFate> {
  const [row] = await queries.query<{ readonly fate: TransactionFate | null }>(
    `SELECT CASE WHEN same THEN pg_xact_status($1::xid8) END AS fate FROM (
       SELECT pg_postmaster_start_time() < $2::timestamptz
         AND coalesce(pg_stat_get_bgwriter_stat_reset_time() < $2::timestamptz, true)
         AND left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) = $3 AS same) AS server`,
    [xid, at, timeline],
  );
  return row?.fate ?? 'forgotten';
}
