import { type SuppressionReason } from '../../model/suppression.js';
import { suppressionKey } from '../suppression-store.js';
import { type Database } from './database.js';
import { digest } from './idempotency-index.js';
import { KeyTable } from './key-table.js';

const NONE: readonly SuppressionReason[] = [];
const ROW = 1;

/**
 * Why addresses are suppressed. Which of them may be is in memory, so that a delivery to one that is not costs no query, and nothing at all while
 * none is: 12 bytes of two for each that was. An address stays in memory when its suppression ends, or when the transaction that added it fails:
 * the rows decide, and are asked of few.
 */
export class SuppressionIndex {
  private readonly table = new KeyTable();

  constructor(private readonly db: Database) {}

  load(): void {
    for (const row of this.db.sql('SELECT hash FROM suppression').iterate()) this.note(Buffer.from(row['hash'] as Uint8Array));
  }

  /** A suppression with this hash was added. */
  note(hash: Buffer): void {
    const tag = tagOf(hash);
    if (this.table.of(tag).length === 0) this.table.add(tag, ROW);
  }

  /** Why an address is suppressed at `now`. */
  reasonsOf(channel: string, address: string, now: number): readonly SuppressionReason[] {
    if (this.table.size === 0) return NONE;
    const hash = suppressionHash(channel, address);
    if (this.table.of(tagOf(hash)).length === 0) return NONE;
    return this.db
      .sql('SELECT reason FROM suppression WHERE hash = ? AND removed_at IS NULL AND (until IS NULL OR until > ?)')
      .all(hash, now)
      .map(({ reason }) => reason as SuppressionReason);
  }
}

export function suppressionHash(channel: string, address: string): Buffer {
  return digest(suppressionKey(channel, address));
}

function tagOf(hash: Buffer): number {
  return hash.readUInt32LE(0);
}
