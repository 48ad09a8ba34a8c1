/** A row of {@link RecipientStore}. */
export interface RecipientRow {
  /** From 1; it grows with every write. */
  readonly version: number;
  /** JSON. */
  readonly value: string;
}

/** What the module knows of people and tenants: one row for each key, e.g. `user:42`. */
export interface RecipientStore {
  /** Those of these keys that there are, at most 1000 keys. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, RecipientRow>>;
  /**
   * Stores a value unless the row changed since `version` (0: there was none); returns whether it did. Durable.
   *
   * @throws StoreFailedError
   */
  put(key: string, value: string, version: number): Promise<boolean>;
  /** Returns whether there was one. Durable. */
  remove(key: string): Promise<boolean>;
}
