/** The part of node-postgres that the store uses, so that a host's types of `pg` need not be ours. */
export interface PgQuery {
  /** With `$1`, `$2` … for the values. */
  readonly text: string;
  /** As `pg` takes them. */
  readonly values?: unknown[];
  /** ms; the client gives up then, and the server may still be working. */
  readonly query_timeout?: number;
  /** How columns are parsed. */
  readonly types?: PgTypes;
}

/** Parsers of column types of `pg`, as far as they are used. */
export interface PgTypes {
  /** The parser of a type, by its OID. */
  getTypeParser(oid: number, format?: string): (text: string) => unknown;
}

/** A result of `pg`, as far as it is used. */
export interface PgResult {
  /** The tag of the command, e.g. `COMMIT`. */
  readonly command: string;
  /** Rows that it returned or changed. */
  readonly rowCount: number | null;
  /** Rows that it returned. */
  readonly rows: readonly unknown[];
}

/** A client of `pg`, as far as it is used. */
export interface PgClient {
  /** Runs a query. */
  query(query: PgQuery): Promise<PgResult | readonly PgResult[]>;
  /** Adds a listener. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Removes a listener. */
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
}

/** A client of a pool. */
export interface PgPoolClient extends PgClient {
  /** Whether several queries may be on their way at once. */
  readonly pipeline?: boolean;
  /** @param destroy the connection is of no use any more */
  release(destroy?: Error | boolean): void;
}

/** A `pg.Pool`. */
export interface PgPool {
  /** How it connects. */
  readonly options?: object;
  /** Takes a connection from it. */
  connect(): Promise<PgPoolClient>;
  /** Closes its connections. */
  end(): Promise<void>;
  /** Adds a listener. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Removes a listener. */
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
}

/** A `pg.Client` that is not connected yet. */
export interface PgListeningClient extends PgClient {
  connect(): Promise<unknown>;
  end(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  on(event: 'notification', listener: (notification: { readonly payload?: string | undefined }) => void): unknown;
}
