import { type RecipientRow, type RecipientStore } from '../recipient-store.js';
import { type Changes } from './changes.js';
import { afterVersion } from './redis-state.js';

/** People and tenants: a hash of rows, each with its version before it. */
export class RedisRecipients implements RecipientStore {
  constructor(private readonly changes: Changes) {}

  async find(keys: readonly string[]): Promise<ReadonlyMap<string, RecipientRow>> {
    if (keys.length === 0) return new Map();
    const [values] = (await this.changes.read('read recipients', [['HMGET', 'rec', ...keys]])) as readonly [
      readonly (string | null)[],
    ];
    return new Map(
      keys.flatMap((key, index) => {
        const value = values[index];
        return value === null || value === undefined ? [] : [[key, rowIn(afterVersion(value))] as const];
      }),
    );
  }

  put(key: string, value: string, version: number): Promise<boolean> {
    return this.changes.change('keep a recipient', async ({ tx }) => {
      const stored = await tx.get('rec', key);
      if ((stored === undefined ? 0 : rowIn(stored).version) !== version) return false;
      tx.put('rec', key, `${version + 1} ${value}`);
      return true;
    });
  }

  remove(key: string): Promise<boolean> {
    return this.changes.change('remove a recipient', async ({ tx }) => {
      const stored = await tx.get('rec', key);
      if (stored !== undefined) tx.put('rec', key, undefined);
      return stored !== undefined;
    });
  }
}

function rowIn(stored: string): RecipientRow {
  const end = stored.indexOf(' ');
  return { version: Number(stored.slice(0, end)), value: stored.slice(end + 1) };
}
