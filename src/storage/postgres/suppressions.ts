import { type SuppressionReason } from '../../model/suppression.js';
import { cursorNumber, pageLimit, ROWS_PER_PAGE } from '../page.js';
import { type Page } from '../store-queries.js';
import {
  isListed,
  type NewSuppression,
  type SuppressionQuery,
  type SuppressionRecord,
  type SuppressionRemoval,
  type SuppressionStore,
} from '../suppression-store.js';
import { type PostgresConnection } from './connection.js';
import { SuppressedAddresses, suppressionHash } from './suppressed-addresses.js';

interface SuppressionRow {
  readonly id: number;
  readonly channel: string;
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly at: number;
  readonly until: number | null;
  readonly note: string | null;
  readonly removed_at: number | null;
  readonly removed_note: string | null;
}

/** Suppressed addresses, for all instances. */
export class PostgresSuppressions implements SuppressionStore {
  constructor(private readonly connection: PostgresConnection) {}

  async add({ channel, address, reason, at, until, note }: NewSuppression): Promise<void> {
    // A row that is inserted at the same time for the same reason is replaced by whichever comes last; its id stays, which only orders the list.
    await this.connection.transaction('suppress an address', async (queries) => {
      const values = [suppressionHash(channel, address), channel, address, reason, at, until ?? null, note ?? null];
      queries.send('DELETE FROM suppression WHERE hash = $1::uuid AND reason = $2 AND removed_at IS NULL', [values[0], reason]);
      await queries.run(
        `INSERT INTO suppression (hash, channel, address, reason, at, until, note)
         VALUES ($1::uuid, $2, $3, $4, $5::bigint, $6::bigint, $7)
         ON CONFLICT (hash, reason) WHERE removed_at IS NULL
         DO UPDATE SET address = excluded.address, at = excluded.at, until = excluded.until, note = excluded.note`,
        values,
      );
    });
  }

  async remove({ channel, address, reason, note }: SuppressionRemoval, now: number): Promise<number> {
    return this.connection.transaction('end a suppression', (queries) =>
      queries.run(
        `UPDATE suppression SET removed_at = $4::bigint, removed_note = $3
         WHERE hash = $1::uuid AND reason = coalesce($2, reason) AND removed_at IS NULL AND (until IS NULL OR until > $4::bigint)`,
        [suppressionHash(channel, address), reason ?? null, note, now],
      ),
    );
  }

  async page(query: SuppressionQuery, now: number): Promise<Page<SuppressionRecord>> {
    const { channel = '', address } = query;
    const before = cursorNumber(query.cursor) ?? Number.MAX_SAFE_INTEGER;
    const limit = pageLimit(query.limit);
    const rows = await this.connection.read('list suppressions', (queries) =>
      queries.query<SuppressionRow>(
        `SELECT id, channel, address, reason, at, until, note, removed_at, removed_note FROM suppression
         WHERE id < $1::bigint AND ($2::uuid IS NULL OR hash = $2::uuid) ORDER BY id DESC LIMIT $3::integer`,
        [before, address === undefined ? null : suppressionHash(channel, address), ROWS_PER_PAGE + 1],
      ),
    );
    const items: SuppressionRecord[] = [];
    let last = 0;
    for (const [index, row] of rows.entries()) {
      if (items.length === limit || index === ROWS_PER_PAGE) return { items, next: String(last) };
      last = row.id;
      const record = recordOf(row);
      if (isListed(record, query, now)) items.push(record);
    }
    return { items };
  }

  async reasonsOf(
    channel: string,
    addresses: readonly string[],
    now: number,
  ): Promise<ReadonlyMap<string, readonly SuppressionReason[]>> {
    if (addresses.length === 0) return new Map();
    return this.connection.read('look for suppressed addresses', async (queries) => {
      const suppressed = new SuppressedAddresses(queries);
      const wanted = addresses.map((address) => ({ channel, address }));
      await suppressed.load(wanted);
      const found = wanted.map((to) => [to.address, suppressed.reasonsOf(to, now)] as const);
      return new Map(found.filter(([, reasons]) => reasons.length > 0));
    });
  }

  async forget(channel: string, address: string): Promise<number> {
    return this.connection.transaction('erase a suppressed address', (queries) =>
      queries.run(
        `UPDATE suppression SET address = '', note = NULL, removed_note = CASE WHEN removed_note IS NULL THEN NULL ELSE '' END
         WHERE hash = $1::uuid AND address <> ''`,
        [suppressionHash(channel, address)],
      ),
    );
  }

  async prune(before: number, limit: number): Promise<number> {
    return this.connection.transaction('prune suppressions', (queries) =>
      queries.run(
        `DELETE FROM suppression WHERE id IN (
           SELECT id FROM suppression WHERE removed_at < $1::bigint OR until < $1::bigint ORDER BY id LIMIT $2::integer)`,
        [before, limit],
      ),
    );
  }
}

function recordOf({ channel, address, reason, at, until, note, removed_at, removed_note }: SuppressionRow): SuppressionRecord {
  return {
    channel,
    address,
    reason,
    at,
    ...(until === null ? {} : { until }),
    ...(note === null ? {} : { note }),
    ...(removed_at === null ? {} : { removedAt: removed_at }),
    ...(removed_note === null ? {} : { removedNote: removed_note }),
  };
}
