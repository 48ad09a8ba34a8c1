import { type StoredAllowance } from './message-codec.js';
import { type Tx } from './tx.js';

/** Most allowances that one `advance` forgets. */
const SWEPT = 500;

/** What went out at once instead of being gathered, by hash of its key. */
export class Allowances {
  private readonly changed = new Map<string, StoredAllowance | undefined>();

  constructor(private readonly tx: Tx) {}

  async load(keys: readonly string[]): Promise<void> {
    await this.tx.load(keys.map((key) => ['al', key]));
  }

  /** One that is loaded. */
  get(key: string): StoredAllowance | undefined {
    const stored = this.tx.peek('al', key);
    return stored === undefined ? undefined : (JSON.parse(stored) as StoredAllowance);
  }

  set(key: string, allowance: StoredAllowance): void {
    this.tx.put('al', key, JSON.stringify(allowance));
    this.changed.set(key, allowance);
  }

  /** Forgets those that count no more. */
  async sweep(now: number): Promise<readonly StoredAllowance[]> {
    const [keys] = (await this.tx.read([['ZRANGE', 'ald', '-inf', now, 'BYSCORE', 'LIMIT', 0, SWEPT]])) as readonly [
      readonly string[],
    ];
    await this.load(keys);
    return keys.flatMap((key) => {
      const allowance = this.get(key);
      if (allowance !== undefined && allowance.until > now) return [];
      this.tx.put('al', key, undefined);
      this.tx.write('ZREM', 'ald', key);
      if (allowance?.like === undefined) return [];
      this.tx.write('HDEL', `lb:${allowance.like.base}`, `a${key}`);
      return [allowance];
    });
  }

  /** Those with a group of a base that this transaction set. */
  setOf(base: string): readonly string[] {
    return [...this.changed].flatMap(([key, allowance]) => (allowance?.like?.base === base ? [key] : []));
  }

  finish(): void {
    for (const [key, allowance] of this.changed) {
      if (allowance === undefined) continue;
      this.tx.write('ZADD', 'ald', allowance.until, key);
      if (allowance.like !== undefined) this.tx.write('HSET', `lb:${allowance.like.base}`, `a${key}`, '');
    }
  }
}
