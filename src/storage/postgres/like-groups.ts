import { SimilarityGroups } from '../../model/content-similarity.js';
import { type NotificationContent } from '../../model/notification.js';
import { type WindowPolicy } from '../../model/window.js';
import { hashOf } from './hash.js';
import { type Policies } from './policies.js';
import { type LikeGroup } from './rows.js';
import { type Queries } from './transaction.js';

/** What counts of a text: see `contentWords`. */
const SAMPLE_CHARACTERS = 600;

interface Opener {
  readonly id: string;
  readonly name: string;
  readonly sample: string;
  readonly similarity: number | null;
  readonly policy: number | null;
}

/**
 * The groups of like contents that one transaction looks at. Those of one base are locked together: where nothing is alike there is no row to lock,
 * and two instances would open a window each.
 */
export class LikeGroups {
  private readonly byBase = new Map<string, SimilarityGroups>();
  private readonly locked = new Set<string>();

  constructor(
    private readonly queries: Queries,
    private readonly policies: Policies,
  ) {}

  /** @param bases hashes */
  async lock(bases: Iterable<string>): Promise<void> {
    const wanted = [...new Set(bases)].filter((base) => !this.locked.has(base)).sort();
    if (wanted.length === 0) return;
    const text = `SELECT pg_advisory_xact_lock(('x' || left(base, 16))::bit(64)::bigint) FROM unnest($1::text[]) AS b (base)`;
    await this.queries.query(text, [wanted]);
    for (const base of wanted) this.locked.add(base);
  }

  /** The groups of a base, whose windows and allowances are written. */
  async of(base: string, baseHash: string): Promise<SimilarityGroups> {
    const known = this.byBase.get(baseHash);
    if (known !== undefined) return known;
    const groups = new SimilarityGroups();
    const openers = await this.queries.query<Opener>(
      `SELECT 'window ' || message AS id, name, sample, NULL::double precision AS similarity, policy, first AS opener FROM open_window WHERE base = $1::uuid
       UNION ALL SELECT 'allowance ' || key, name, sample, similarity, NULL, opener FROM allowance WHERE base = $1::uuid ORDER BY opener`,
      [baseHash],
    );
    await this.policies.load(
      this.queries,
      openers.map(({ policy }) => policy),
    );
    for (const { id, name, sample, similarity, policy } of openers) {
      const least = similarity ?? this.policies.get(policy ?? 0)?.similarity;
      if (least !== undefined) groups.add(id, name, base, { title: sample }, least);
    }
    const keyed = await this.queries.query<{ readonly name: string; readonly dedupe: string }>(
      `SELECT w.name, d.dedupe FROM open_window w JOIN delivery d ON d.message = w.message AND d.id >= w.first AND d.id <= w.last AND d.state = 0
       WHERE w.base = $1::uuid AND d.dedupe IS NOT NULL ORDER BY w.message, d.id`,
      [baseHash],
    );
    for (const { name, dedupe } of keyed) groups.addKeyed(name, base, dedupe);
    this.byBase.set(baseHash, groups);
    return groups;
  }

  /** The groups of a base are read again before they are looked at. */
  forget(like: LikeGroup | undefined): void {
    if (like !== undefined) this.byBase.delete(like.base);
  }
}

/** The group that a content opens. */
export function likeGroup(
  base: string,
  name: string,
  { title, body = '' }: Pick<NotificationContent, 'title' | 'body'>,
  { similarity }: WindowPolicy,
): (LikeGroup & { readonly similarity: number }) | undefined {
  if (similarity === undefined) return undefined;
  return { base: hashOf(base), name, sample: `${title} ${body}`.slice(0, SAMPLE_CHARACTERS), similarity };
}
