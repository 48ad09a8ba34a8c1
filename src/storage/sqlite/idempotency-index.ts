import { createHash } from 'node:crypto';
import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { type Database } from './database.js';

export interface IdempotencyEntry {
  readonly fingerprint: Buffer;
  /** Id of the first answer's content, i.e. of its first delivery. */
  readonly content: number;
  readonly at: number;
}

/**
 * Which idempotency keys were used within 24 h. The rows are only appended; the index is an open-addressing table of the
 * key hashes' first 32 bits and the row they stand in (12 bytes a slot), because a B-tree over random keys made accepting six
 * times slower. A hit is confirmed against the row's full hash.
 */
export class IdempotencyIndex {
  private tags = new Uint32Array(1024);
  private rows = new Float64Array(1024);
  private used = 0;
  private nextSeq = 1;

  constructor(private readonly db: Database) {}

  load(): void {
    this.tags = new Uint32Array(1024);
    this.rows = new Float64Array(1024);
    this.used = 0;
    this.nextSeq = 1;
    for (const row of this.db.sql('SELECT seq, hash FROM idempotency ORDER BY seq').iterate()) {
      const seq = Number(row['seq']);
      this.insert(Buffer.from(row['hash'] as Uint8Array), seq);
      this.nextSeq = seq + 1;
    }
  }

  find(key: string, now: number): IdempotencyEntry | undefined {
    const hash = digest(key);
    const tag = hash.readUInt32LE(0);
    const select = this.db.sql('SELECT hash, fingerprint, content, at FROM idempotency WHERE seq = ?');
    let found: IdempotencyEntry | undefined;
    const mask = this.tags.length - 1;
    for (let slot = tag & mask; this.rows[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.tags[slot] !== tag) continue;
      const row = select.get(this.rows[slot] ?? 0);
      if (row === undefined || !hash.equals(row['hash'] as Uint8Array)) continue;
      const at = Number(row['at']);
      if (at > now - NOTIFICATION_LIMITS.idempotencyMs) {
        found = { fingerprint: Buffer.from(row['fingerprint'] as Uint8Array), content: Number(row['content']), at };
      }
    }
    return found;
  }

  add(key: string, fingerprint: Buffer, content: number, now: number): void {
    const hash = digest(key);
    const seq = this.nextSeq++;
    this.db
      .sql('INSERT INTO idempotency (seq, hash, fingerprint, content, at) VALUES (?, ?, ?, ?, ?)')
      .run(seq, hash, fingerprint, content, now);
    this.insert(hash, seq);
  }

  /** Forgets keys used before `before`; the newest row stays, so that no number is given twice. */
  prune(before: number, limit: number): number {
    const removed = Number(
      this.db
        .sql(`DELETE FROM idempotency WHERE seq IN (SELECT seq FROM idempotency WHERE at < ? AND seq < ? ORDER BY seq LIMIT ?)`)
        .run(before, this.nextSeq - 1, limit).changes,
    );
    if (removed > 0) this.load();
    return removed;
  }

  private insert(hash: Buffer, seq: number): void {
    if (this.used * 2 >= this.tags.length) this.grow();
    this.place(hash.readUInt32LE(0), seq);
    this.used++;
  }

  private place(tag: number, seq: number): void {
    const mask = this.tags.length - 1;
    let slot = tag & mask;
    while (this.rows[slot] !== 0) slot = (slot + 1) & mask;
    this.tags[slot] = tag;
    this.rows[slot] = seq;
  }

  private grow(): void {
    const { tags, rows } = this;
    this.tags = new Uint32Array(tags.length * 2);
    this.rows = new Float64Array(tags.length * 2);
    rows.forEach((seq, slot) => {
      if (seq !== 0) this.place(tags[slot] ?? 0, seq);
    });
  }
}

/** 128 bits of SHA-256: enough to tell keys apart, and nobody can choose two that collide. */
export function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, 16);
}
