import { type RecipientRow, type RecipientStore } from '../recipient-store.js';

/** People and tenants as a map. */
export class MemoryRecipients implements RecipientStore {
  readonly rows = new Map<string, RecipientRow>();

  find(keys: readonly string[]): Promise<ReadonlyMap<string, RecipientRow>> {
    return Promise.resolve(
      new Map(
        keys.flatMap((key) => {
          const row = this.rows.get(key);
          return row === undefined ? [] : [[key, row] as const];
        }),
      ),
    );
  }

  put(key: string, value: string, version: number): Promise<boolean> {
    const isFresh = (this.rows.get(key)?.version ?? 0) === version;
    if (isFresh) this.rows.set(key, { version: version + 1, value });
    return Promise.resolve(isFresh);
  }

  remove(key: string): Promise<boolean> {
    return Promise.resolve(this.rows.delete(key));
  }
}
