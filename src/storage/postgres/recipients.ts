import { type RecipientRow, type RecipientStore } from '../recipient-store.js';
import { type PostgresConnection } from './connection.js';

interface Row {
  readonly key: string;
  readonly version: number;
  readonly json: string;
}

/** People and tenants in a table, one for all instances. */
export class PostgresRecipients implements RecipientStore {
  constructor(private readonly connection: PostgresConnection) {}

  async find(keys: readonly string[]): Promise<ReadonlyMap<string, RecipientRow>> {
    const text = 'SELECT key, version, json FROM recipient WHERE key = ANY($1::text[])';
    const rows = await this.connection.read('find recipients', (queries) => queries.query<Row>(text, [keys]));
    return new Map(rows.map(({ key, version, json }) => [key, { version, value: json }]));
  }

  async put(key: string, value: string, version: number): Promise<boolean> {
    const text =
      version === 0
        ? 'INSERT INTO recipient (key, version, json) VALUES ($1, $3::bigint + 1, $2) ON CONFLICT (key) DO NOTHING'
        : 'UPDATE recipient SET json = $2, version = version + 1 WHERE key = $1 AND version = $3::bigint';
    const changed = await this.connection.transaction('store a recipient', (queries) => queries.run(text, [key, value, version]));
    return changed === 1;
  }

  async remove(key: string): Promise<boolean> {
    const removed = await this.connection.transaction('remove a recipient', (queries) =>
      queries.run('DELETE FROM recipient WHERE key = $1', [key]),
    );
    return removed === 1;
  }
}
