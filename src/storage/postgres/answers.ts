import { NOTIFICATION_LIMITS } from '../../model/notification.js';
import { Conflict } from './conflict.js';
import { plainHash } from './hash.js';
import { type Queries } from './transaction.js';

/** The first answer to an idempotency key. */
export interface Answer {
  readonly hash: string;
  readonly fingerprint: string;
  /** Epoch ms. */
  readonly at: number;
  /** JSON list of `AnsweredDelivery`. */
  readonly answer: string;
}

/** The answers that one transaction reads and gives. They are not locked: of two that give the first one, the second finds it when it writes. */
export class Answers {
  private readonly byHash = new Map<string, Answer>();
  private fresh = new Map<string, Answer>();

  constructor(private readonly queries: Queries) {}

  get hasChanges(): boolean {
    return this.fresh.size > 0;
  }

  async load(hashes: readonly string[]): Promise<void> {
    if (hashes.length === 0) return;
    const text = 'SELECT hash, fingerprint, at, answer FROM idempotency WHERE hash = ANY($1::uuid[])';
    for (const { hash, fingerprint, ...rest } of await this.queries.query<Answer>(text, [[...new Set(hashes)]])) {
      this.byHash.set(plainHash(hash), { hash: plainHash(hash), fingerprint: plainHash(fingerprint), ...rest });
    }
  }

  get(hash: string): Answer | undefined {
    return this.byHash.get(hash);
  }

  set(answer: Answer): void {
    this.byHash.set(answer.hash, answer);
    this.fresh.set(answer.hash, answer);
  }

  /** @throws Conflict when another instance answered one of the keys meanwhile */
  async write(): Promise<void> {
    const answers = [...this.fresh.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
    this.fresh = new Map();
    if (answers.length === 0) return;
    const written = await this.queries.run(
      `INSERT INTO idempotency AS i (hash, fingerprint, at, answer) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[])
       ON CONFLICT (hash) DO UPDATE SET fingerprint = excluded.fingerprint, at = excluded.at, answer = excluded.answer
       WHERE i.at <= excluded.at - $5::bigint`,
      [
        answers.map(({ hash }) => hash),
        answers.map(({ fingerprint }) => fingerprint),
        answers.map(({ at }) => at),
        answers.map(({ answer }) => answer),
        NOTIFICATION_LIMITS.idempotencyMs,
      ],
    );
    if (written < answers.length) throw new Conflict('another instance answered the same idempotency key');
  }
}
