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
import { type StoreState } from './store-state.js';
import { suppressionHash } from './suppression-index.js';

/** What the suppressions need of the store's file. */
interface SuppressionFile {
  /** @throws StoreFailedError when it is closed */
  readonly store: () => StoreState;
  readonly write: <T>(what: string, work: (store: StoreState) => T) => Promise<T>;
}

/** Suppressed addresses in their own table. */
export class SqliteSuppressions implements SuppressionStore {
  constructor(private readonly file: SuppressionFile) {}

  async add({ channel, address, reason, at, until, note }: NewSuppression): Promise<void> {
    const hash = suppressionHash(channel, address);
    await this.file.write('suppress an address', ({ db, suppressions }) => {
      db.sql('DELETE FROM suppression WHERE hash = ? AND reason = ? AND removed_at IS NULL').run(hash, reason);
      db.sql('INSERT INTO suppression (hash, channel, address, reason, at, until, note) VALUES (?, ?, ?, ?, ?, ?, ?)').run(
        hash,
        channel,
        address,
        reason,
        at,
        until ?? null,
        note ?? null,
      );
      suppressions.note(hash);
    });
  }

  async remove({ channel, address, reason, note }: SuppressionRemoval, now: number): Promise<number> {
    const hash = suppressionHash(channel, address);
    return this.file.write('end a suppression', ({ db }) => {
      const { changes } = db
        .sql(
          `UPDATE suppression SET removed_at = ?, removed_note = ?
           WHERE hash = ? AND reason = coalesce(?, reason) AND removed_at IS NULL AND (until IS NULL OR until > ?)`,
        )
        .run(now, note, hash, reason ?? null, now);
      return Number(changes);
    });
  }

  async page(query: SuppressionQuery, now: number): Promise<Page<SuppressionRecord>> {
    const { db } = this.file.store();
    const { channel = '', address } = query;
    const before = cursorNumber(query.cursor) ?? Number.MAX_SAFE_INTEGER;
    const limit = pageLimit(query.limit);
    const rows =
      address === undefined
        ? db.sql('SELECT * FROM suppression WHERE id < ? ORDER BY id DESC LIMIT ?').iterate(before, ROWS_PER_PAGE + 1)
        : db
            .sql('SELECT * FROM suppression WHERE hash = ? AND id < ? ORDER BY id DESC LIMIT ?')
            .iterate(suppressionHash(channel, address), before, ROWS_PER_PAGE + 1);
    const items: SuppressionRecord[] = [];
    let looked = 0;
    let last = 0;
    for (const row of rows) {
      if (items.length === limit || looked === ROWS_PER_PAGE) return Promise.resolve({ items, next: String(last) });
      looked++;
      last = Number(row['id']);
      const record = recordOf(row);
      if (isListed(record, query, now)) items.push(record);
    }
    return Promise.resolve({ items });
  }

  async reasonsOf(
    channel: string,
    addresses: readonly string[],
    now: number,
  ): Promise<ReadonlyMap<string, readonly SuppressionReason[]>> {
    const { suppressions } = this.file.store();
    const found = addresses.map((address) => [address, suppressions.reasonsOf(channel, address, now)] as const);
    return Promise.resolve(new Map(found.filter(([, reasons]) => reasons.length > 0)));
  }

  async forget(channel: string, address: string): Promise<number> {
    const hash = suppressionHash(channel, address);
    return this.file.write('erase a suppressed address', ({ db }) => {
      const { changes } = db
        .sql(
          `UPDATE suppression SET address = '', note = NULL, removed_note = CASE WHEN removed_note IS NULL THEN NULL ELSE '' END
           WHERE hash = ? AND address <> ''`,
        )
        .run(hash);
      return Number(changes);
    });
  }

  async prune(before: number, limit: number): Promise<number> {
    return this.file.write('prune suppressions', ({ db }) => {
      const { changes } = db
        .sql(
          'DELETE FROM suppression WHERE id IN (SELECT id FROM suppression WHERE removed_at < ?1 OR until < ?1 ORDER BY id LIMIT ?2)',
        )
        .run(before, limit);
      return Number(changes);
    });
  }
}

function recordOf(row: Readonly<Record<string, unknown>>): SuppressionRecord {
  const { channel, address, reason, at, until, note, removed_at, removed_note } = row;
  return {
    channel: String(channel),
    address: String(address),
    reason: reason as SuppressionReason,
    at: Number(at),
    ...(typeof until === 'number' ? { until } : {}),
    ...(typeof note === 'string' ? { note } : {}),
    ...(typeof removed_at === 'number' ? { removedAt: removed_at } : {}),
    ...(typeof removed_note === 'string' ? { removedNote: removed_note } : {}),
  };
}
