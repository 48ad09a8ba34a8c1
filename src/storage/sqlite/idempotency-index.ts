import { createHash } from 'node:crypto';
import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { type Database } from './database.js';
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
 * Which idempotency keys were used within 24 h. The rows are only appended; the index is an open-addressing table of the
 * key hashes' first 32 bits and the row they stand in (12 bytes a slot), because a B-tree over random keys made accepting six
 * times slower. A hit is confirmed against the row's full hash.
 */
export class IdempotencyIndex {
  private tags = new Uint32Array(1024);
  private rows = new Float64Array(1024);
  private used = 0;
  private nextSeq = 1;

  constructor(
    private readonly db: Database,
    private readonly undo: UndoLog,
  ) {}

  /** Reads the rows into an empty index. */
  load(): void {
    for (const row of this.db.sql('SELECT seq, hash FROM idempotency ORDER BY seq').iterate()) {
      const seq = Number(row['seq']);
      this.insert(tagOf(row['hash']), seq);
      this.nextSeq = seq + 1;
    }
  }

  find(key: string, now: number): IdempotencyEntry | undefined {
    const hash = digest(key);
    const tag = hash.readUInt32LE(0);
    const select = this.db.sql('SELECT hash, fingerprint, content, at, answer FROM idempotency WHERE seq = ?');
    let found: IdempotencyEntry | undefined;
    const mask = this.tags.length - 1;
    for (let slot = tag & mask; this.rows[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.tags[slot] !== tag) continue;
      const row = select.get(this.rows[slot] ?? 0);
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
      this.displace(tag, seq);
      this.nextSeq = seq;
    });
    this.db
      .sql('INSERT INTO idempotency (seq, hash, fingerprint, content, at, answer) VALUES (?, ?, ?, ?, ?, ?)')
      .run(seq, hash, fingerprint, content, at, answer);
    this.insert(tag, seq);
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
      this.undo.record(() => this.insert(tag, seq));
      this.displace(tag, seq);
    }
    return old.length;
  }

  private insert(tag: number, seq: number): void {
    if (this.used * 2 >= this.tags.length) this.grow();
    this.place(tag, seq);
    this.used++;
  }

  /** Takes one key out and closes the gap (D. Knuth, TAOCP vol. 3, 6.4, algorithm R). */
  private displace(tag: number, seq: number): void {
    const mask = this.tags.length - 1;
    let gap = tag & mask;
    while (this.rows[gap] !== seq) {
      if (this.rows[gap] === 0) return;
      gap = (gap + 1) & mask;
    }
    this.used--;
    for (let slot = (gap + 1) & mask; this.rows[slot] !== 0; slot = (slot + 1) & mask) {
      const home = (this.tags[slot] ?? 0) & mask;
      // Stays when its home is behind the gap, cyclically: it is found from there.
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      this.tags[gap] = this.tags[slot] ?? 0;
      this.rows[gap] = this.rows[slot] ?? 0;
      gap = slot;
    }
    this.rows[gap] = 0;
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

function tagOf(hash: unknown): number {
  return Buffer.from(hash as Uint8Array).readUInt32LE(0);
}

/** 128 bits of SHA-256: enough to tell keys apart, and nobody can choose two that collide. */
export function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, 16);
}
