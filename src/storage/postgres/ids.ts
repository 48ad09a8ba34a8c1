import { type Queries } from './transaction.js';

/** Ids that one value of the sequence stands for: `INCREMENT` of `id_block`. */
export const IDS_PER_BLOCK = 32;

/**
 * The ids that one transaction gives to messages and deliveries. They are taken after its locks, so that those of one window ascend in the order of
 * acceptance, whichever instance accepts. What a transaction does not use is given to nobody.
 */
export class Ids {
  private readonly blocks: number[] = [];
  private next = 0;
  private end = 0;

  /** @param given is told of ids that were given to this transaction */
  constructor(
    private readonly queries: Queries,
    private readonly given: (id: number) => void,
  ) {}

  /** Has so many at hand. */
  async reserve(count: number): Promise<void> {
    const missing = count - (this.end - this.next) - this.blocks.length * IDS_PER_BLOCK;
    if (missing <= 0) return;
    const text = `SELECT nextval('id_block') AS start FROM generate_series(1, $1::integer)`;
    const rows = await this.queries.query<{ readonly start: number }>(text, [Math.ceil(missing / IDS_PER_BLOCK)]);
    this.blocks.push(...rows.map(({ start }) => start));
    this.given(Math.max(...this.blocks) + IDS_PER_BLOCK);
  }

  async takeMany(count: number): Promise<readonly number[]> {
    await this.reserve(count);
    const ids: number[] = [];
    while (ids.length < count) ids.push(await this.take());
    return ids;
  }

  async take(): Promise<number> {
    if (this.next === this.end) {
      if (this.blocks.length === 0) await this.reserve(IDS_PER_BLOCK);
      this.next = this.blocks.shift() ?? 0;
      this.end = this.next + IDS_PER_BLOCK;
    }
    return this.next++;
  }
}
