import { type Tx } from './tx.js';

/** Ids that are taken at once when none is left. */
const SPARE = 16;

/**
 * Ids of new rows. They are taken after what decides was read: so those of a window ascend in the order of acceptance, because who joined before has
 * taken its ids before. What a transaction does not use is never given again.
 */
export class Ids {
  private readonly pools = new Map<'d' | 'm', { next: number; left: number }>();

  constructor(private readonly tx: Tx) {}

  /** Takes as many as are known to be needed. */
  async reserve(counts: Readonly<Partial<Record<'d' | 'm', number>>>): Promise<void> {
    const wanted = (['d', 'm'] as const).flatMap((kind) => {
      const count = (counts[kind] ?? 0) - (this.pools.get(kind)?.left ?? 0);
      return count > 0 ? [{ kind, count }] : [];
    });
    const answers = await this.tx.read(wanted.map(({ kind, count }) => ['HINCRBY', 'seq', kind, count]));
    wanted.forEach(({ kind, count }, index) => {
      // What is left of an earlier pool is dropped: ids ascend all the same.
      this.pools.set(kind, { next: Number(answers[index]) - count + 1, left: count });
    });
  }

  async take(kind: 'd' | 'm'): Promise<number> {
    if ((this.pools.get(kind)?.left ?? 0) === 0) await this.reserve({ [kind]: SPARE });
    const pool = this.pools.get(kind);
    if (pool === undefined) throw new TypeError('no id was given');
    pool.left--;
    return pool.next++;
  }
}
