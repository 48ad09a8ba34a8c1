import { createHash } from 'node:crypto';
import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { type Database } from './database.js';
import { KeyTable } from './key-table.js';
import { type UndoLog } from './undo-log.js';

export interface IdempotencyEntry {
  readonly fingerprint: Buffer;
  /** Id of the first answer's content, i.e. of its first delivery. */
  readonly content: number;
  readonly at: number;
  /** The first answer, as the caller of `add` wrote it. */
  readonly answer: string;
}

/**
 * Which idempotency keys were used within 24 h. The rows are only appended; which rows a key may stand in is in memory, because a B-tree over random
 * keys made accepting six times slower. A hit is confirmed against the row's full hash.
 */
export class IdempotencyIndex {
  private readonly table = new KeyTable();
  private nextSeq = 1;

  constructor(
    private readonly db: Database,
    private readonly undo: UndoLog,
  ) {}

  /** Reads the rows into an empty index. */
  load(): void {
    for (const row of this.db.sql('SELECT seq, hash FROM idempotency ORDER BY seq').iterate()) {
      const seq = Number(row['seq']);
      this.table.add(tagOf(row['hash']), seq);
      this.nextSeq = seq + 1;
    }
  }

  find(key: string, now: number): IdempotencyEntry | undefined {
    const hash = digest(key);
    const select = this.db.sql('SELECT hash, fingerprint, content, at, answer FROM idempotency WHERE seq = ?');
    let found: IdempotencyEntry | undefined;
    for (const seq of this.table.of(hash.readUInt32LE(0))) {
      const row = select.get(seq);
      if (row === undefined || !hash.equals(row['hash'] as Uint8Array)) continue;
      const at = Number(row['at']);
      if (at > now - NOTIFICATION_LIMITS.idempotencyMs) {
        const fingerprint = Buffer.from(row['fingerprint'] as Uint8Array);
        found = { fingerprint, content: Number(row['content']), at, answer: String(row['answer']) };
      }
    }
    return found;
  }

  add(key: string, { fingerprint, content, at, answer }: IdempotencyEntry): void {
    const hash = digest(key);
    const seq = this.nextSeq++;
    const tag = hash.readUInt32LE(0);
    this.undo.record(() => {
      this.table.delete(tag, seq);
      this.nextSeq = seq;
    });
    this.db
      .sql('INSERT INTO idempotency (seq, hash, fingerprint, content, at, answer) VALUES (?, ?, ?, ?, ?, ?)')
      .run(seq, hash, fingerprint, content, at, answer);
    this.table.add(tag, seq);
  }

  /**
   * Forgets the oldest keys as far as they were used before `before`, at most `limit`; the newest row stays, so that no number is given
   * twice. Returns how many.
   */
  prune(before: number, limit: number): number {
    const oldest = this.db
      .sql('SELECT seq, hash, at FROM idempotency WHERE seq < ? ORDER BY seq LIMIT ?')
      .all(this.nextSeq - 1, limit);
    const young = oldest.findIndex((row) => Number(row['at']) >= before);
    const old = young < 0 ? oldest : oldest.slice(0, young);
    const last = Number(old.at(-1)?.['seq'] ?? 0);
    if (last === 0) return 0;
    this.db.sql('DELETE FROM idempotency WHERE seq <= ?').run(last);
    for (const row of old) {
      const [tag, seq] = [tagOf(row['hash']), Number(row['seq'])];
      this.undo.record(addAgain, this.table, tag, seq);
      this.table.delete(tag, seq);
    }
    return old.length;
  }

  /** The number of the newest row. */
  get newest(): number {
    return this.nextSeq - 1;
  }

  /**
   * Changes first answers: those behind row `after`, up to row `until`, and at most `limit` of them.
   *
   * @param change undefined: the answer stays
   * @returns the last row that was looked at; undefined when there are no more
   */
  rewrite(change: (answer: string) => string | undefined, after: number, until: number, limit: number): number | undefined {
    const rows = this.db
      .sql('SELECT seq, answer FROM idempotency WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?')
      .all(after, until, limit);
    for (const { seq, answer } of rows) {
      const changed = change(String(answer));
      if (changed !== undefined) this.db.sql('UPDATE idempotency SET answer = ? WHERE seq = ?').run(changed, Number(seq));
    }
    return rows.length < limit ? undefined : Number(rows.at(-1)?.['seq']);
  }
}

function addAgain(table: KeyTable, tag: number, seq: number): void {
  table.add(tag, seq);
}

function tagOf(hash: unknown): number {
  return Buffer.from(hash as Uint8Array).readUInt32LE(0);
}

/** 128 bits of SHA-256: enough to tell keys apart, and nobody can choose two that collide. */
export function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, 16);
}
