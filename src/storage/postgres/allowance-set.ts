import { Conflict } from './conflict.js';
import { plainHash } from './hash.js';
import { RowWriter } from './row-writer.js';
import { type KeptAllowance } from './rows.js';
import { type Queries } from './transaction.js';

export interface AllowanceRow {
  readonly key: string;
  readonly sent: number;
  readonly until: number;
  readonly opener: number;
  readonly base: string | null;
  readonly name: string | null;
  readonly sample: string | null;
  readonly similarity: number | null;
}

const WRITER = new RowWriter<KeptAllowance>('allowance', [
  ['key', 'uuid', (allowance) => allowance.key],
  ['sent', 'integer', (allowance) => allowance.sent],
  ['until', 'bigint', (allowance) => allowance.until],
  ['opener', 'bigint', (allowance) => allowance.opener],
  ['base', 'uuid', (allowance) => allowance.like?.base ?? null],
  ['name', 'text', (allowance) => allowance.like?.name ?? null],
  ['sample', 'text', (allowance) => allowance.like?.sample ?? null],
  ['similarity', 'double precision', (allowance) => allowance.like?.similarity ?? null],
]);

/** What went out at once and still counts, as far as one transaction has locked it. */
export class AllowanceSet {
  /** Undefined: there is no row of this key. */
  private readonly byKey = new Map<string, KeptAllowance | undefined>();
  private readonly stored = new Set<string>();
  private readonly changed = new Set<string>();

  constructor(private readonly queries: Queries) {}

  get hasChanges(): boolean {
    return this.changed.size > 0;
  }

  async lock(keys: Iterable<string>): Promise<void> {
    const unknown = [...new Set(keys)].filter((key) => !this.byKey.has(key)).sort();
    if (unknown.length === 0) return;
    const text = 'SELECT * FROM allowance WHERE key = ANY($1::uuid[]) ORDER BY key FOR UPDATE';
    for (const key of unknown) this.byKey.set(key, undefined);
    for (const row of await this.queries.query<AllowanceRow>(text, [unknown])) {
      const allowance = allowanceOf(row);
      this.byKey.set(allowance.key, allowance);
      this.stored.add(allowance.key);
    }
  }

  get(key: string): KeptAllowance | undefined {
    return this.byKey.get(key);
  }

  set(allowance: KeptAllowance): void {
    this.byKey.set(allowance.key, allowance);
    this.changed.add(allowance.key);
  }

  /** @throws Conflict when another instance counted the first one of a group meanwhile */
  async write(): Promise<void> {
    const changed = [...this.changed].sort().flatMap((key) => this.byKey.get(key) ?? []);
    this.changed.clear();
    const kept = changed.filter(({ key }) => this.stored.has(key));
    const fresh = changed.filter(({ key }) => !this.stored.has(key));
    if (kept.length > 0) this.queries.send(WRITER.update, WRITER.values(kept));
    if (fresh.length === 0) return;
    for (const { key } of fresh) this.stored.add(key);
    const inserted = await this.queries.run(`${WRITER.insert} ON CONFLICT (key) DO NOTHING`, WRITER.values(fresh));
    if (inserted < fresh.length) throw new Conflict('another instance counted a delivery of the same group');
  }
}

export function allowanceOf(row: AllowanceRow): KeptAllowance {
  const { sent, until, opener, base, name, sample, similarity } = row;
  const isLike = base !== null && name !== null && sample !== null && similarity !== null;
  return {
    key: plainHash(row.key),
    sent,
    until,
    opener,
    ...(isLike ? { like: { base: plainHash(base), name, sample, similarity } } : {}),
  };
}
