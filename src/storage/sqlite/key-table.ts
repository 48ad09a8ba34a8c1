/** Slots of the smaller table that each addition moves: all are moved long before the larger table is full. */
export const MOVED_PER_ADDITION = 8;
const FIRST_SLOTS = 1_024;

/** A slot of `rows` that holds nothing, and one whose row was moved or taken out while the table is being left. */
const EMPTY = 0;
const LEFT = -1;

/**
 * Rows by the first 32 bits of a hash: an open-addressing table of 12 bytes a slot, at most half full. When it grows, it does so by a few slots with
 * each addition, so that none of them takes longer with millions of rows: until all are moved, a row is in one table or in the other.
 */
export class KeyTable {
  private tags = new Uint32Array(FIRST_SLOTS);
  private rows = new Float64Array(FIRST_SLOTS);
  private used = 0;
  private smaller: { readonly tags: Uint32Array; readonly rows: Float64Array; next: number } | undefined;

  get size(): number {
    return this.used;
  }

  /** Slots of the smaller table that are still to be moved. */
  get slotsToMove(): number {
    return this.smaller === undefined ? 0 : this.smaller.rows.length - this.smaller.next;
  }

  /** The rows of a tag. */
  of(tag: number): readonly number[] {
    const found: number[] = [];
    collect(this.tags, this.rows, tag, found);
    if (this.smaller !== undefined) collect(this.smaller.tags, this.smaller.rows, tag, found);
    return found;
  }

  /** @param row an integer above 0 */
  add(tag: number, row: number): void {
    if (this.used * 2 >= this.rows.length) this.grow();
    this.move(MOVED_PER_ADDITION);
    this.put(tag, row);
    this.used++;
  }

  delete(tag: number, row: number): void {
    const slot = slotOf(this.rows, tag, row);
    if (slot !== undefined) {
      this.closeGap(slot);
      this.used--;
      return;
    }
    const { smaller } = this;
    const left = smaller === undefined ? undefined : slotOf(smaller.rows, tag, row);
    if (smaller === undefined || left === undefined) return;
    smaller.rows[left] = LEFT;
    this.used--;
  }

  private put(tag: number, row: number): void {
    const mask = this.rows.length - 1;
    let slot = tag & mask;
    while (this.rows[slot] !== EMPTY) slot = (slot + 1) & mask;
    this.tags[slot] = tag;
    this.rows[slot] = row;
  }

  private grow(): void {
    this.move(Infinity);
    const { tags, rows } = this;
    this.smaller = { tags, rows, next: 0 };
    this.tags = new Uint32Array(tags.length * 2);
    this.rows = new Float64Array(rows.length * 2);
  }

  private move(slots: number): void {
    const { smaller } = this;
    if (smaller === undefined) return;
    const { tags, rows, next } = smaller;
    const end = Math.min(rows.length, next + slots);
    for (let slot = next; slot < end; slot++) {
      const row = rows[slot] ?? EMPTY;
      if (row === EMPTY || row === LEFT) continue;
      this.put(tags[slot] ?? 0, row);
      rows[slot] = LEFT;
    }
    smaller.next = end;
    if (end === rows.length) this.smaller = undefined;
  }

  /** Takes a slot out and closes the gap (D. Knuth, TAOCP vol. 3, 6.4, algorithm R). */
  private closeGap(at: number): void {
    const { tags, rows } = this;
    const mask = rows.length - 1;
    let gap = at;
    for (let slot = (gap + 1) & mask; rows[slot] !== EMPTY; slot = (slot + 1) & mask) {
      const home = (tags[slot] ?? 0) & mask;
      // Stays when its home is behind the gap, cyclically: it is found from there.
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      tags[gap] = tags[slot] ?? 0;
      rows[gap] = rows[slot] ?? EMPTY;
      gap = slot;
    }
    rows[gap] = EMPTY;
  }
}

function collect(tags: Uint32Array, rows: Float64Array, tag: number, found: number[]): void {
  const mask = rows.length - 1;
  for (let slot = tag & mask; rows[slot] !== EMPTY; slot = (slot + 1) & mask) {
    const row = rows[slot] ?? EMPTY;
    if (tags[slot] === tag && row !== LEFT) found.push(row);
  }
}

function slotOf(rows: Float64Array, tag: number, row: number): number | undefined {
  const mask = rows.length - 1;
  for (let slot = tag & mask; rows[slot] !== EMPTY; slot = (slot + 1) & mask) if (rows[slot] === row) return slot;
  return undefined;
}
