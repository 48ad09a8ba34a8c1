/** The part of node-postgres that the store uses, so that a host's types of `pg` need not be ours. */
export interface PgQuery {
  readonly text: string;
  readonly values?: unknown[];
  /** ms; the client gives up then, and the server may still be working. */
  readonly query_timeout?: number;
  readonly types?: PgTypes;
}

export interface PgTypes {
  getTypeParser(oid: number, format?: string): (text: string) => unknown;
}

export interface PgResult {
  readonly command: string;
  readonly rowCount: number | null;
  readonly rows: readonly unknown[];
}

export interface PgClient {
  query(query: PgQuery): Promise<PgResult | readonly PgResult[]>;
  on(event: 'error', listener: (error: Error) => void): unknown;
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
  connect(): Promise<PgPoolClient>;
  end(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
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
