/** What the server or the network answered instead of a result. */
export type PgFailure =
  /** The transaction was rolled back because of others; it may work when it is repeated. */
  | 'conflict'
  /** The connection broke, or there is none; whether the last statement was executed is not known. */
  | 'connection'
  /** The server refused the statement. */
  | 'refused';

/** SQLSTATE (PostgreSQL documentation, appendix A): serialization_failure, deadlock_detected, lock_not_available. */
const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01', '55P03']);

/**
 * SQLSTATE that say that this connection is of no use: admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout,
 * idle_in_transaction_session_timeout, too_many_connections, and read_only_sql_transaction of a server that is a standby now.
 */
const CONNECTION_STATES: ReadonlySet<string> = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', '25006', '53300']);

/** Codes of Node's system errors (Node.js documentation, "Common system errors", and those of DNS). */
const SYSTEM_ERRORS =
  /^(E(CONN[A-Z]+|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NETDOWN|NOTFOUND|AI_AGAIN|NOENT)|ERR_STREAM_.*|ERR_SOCKET_.*)$/;

/** What node-postgres says without a code (`lib/client.js`, `pg-pool/index.js`). */
const LOST =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|timeout exceeded|timeout expired)/;

/** Undefined: it does not come from the database. */
export function pgFailure(error: unknown): PgFailure | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code !== 'string') return LOST.test(String(message)) ? 'connection' : undefined;
  if (CONFLICTS.has(code)) return 'conflict';
  if (CONNECTION_STATES.has(code) || code.startsWith('08') || SYSTEM_ERRORS.test(code)) return 'connection';
  return /^[0-9A-Z]{5}$/.test(code) ? 'refused' : undefined;
}
