import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyTable, MOVED_PER_ADDITION } from './key-table.js';

/** A number that looks like the start of a hash. */
function tagOf(row: number): number {
  return Math.imul(row ^ (row >>> 7), 2_654_435_761) >>> 0;
}

/** The same, but for some that agree or are neighbours. */
function crowdedTagOf(row: number): number {
  return row % 16 === 0 ? row % 80 : tagOf(row);
}

describe('KeyTable', () => {
  it('holds what was added and not taken out, whatever is moved meanwhile', () => {
    const step = fc.record({ adds: fc.nat(700), takesOut: fc.double({ min: 0, max: 1, noNaN: true }), from: fc.nat(5_000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const table = new KeyTable();
        const rows = new Set<number>();
        let next = 1;
        for (const { adds, takesOut, from } of steps) {
          for (let i = 0; i < adds; i++) {
            table.add(crowdedTagOf(next), next);
            rows.add(next++);
          }
          for (let row = Math.min(from, next); row < next * takesOut; row++) {
            table.delete(crowdedTagOf(row), row);
            rows.delete(row);
          }
          expect(table.size).toBe(rows.size);
        }
        const wrong = Array.from({ length: next - 1 }, (_, index) => index + 1).filter(
          (row) => table.of(crowdedTagOf(row)).includes(row) !== rows.has(row),
        );
        expect(wrong).toEqual([]);
      }),
    );
  });

  it('gives all rows of a tag', () => {
    const table = new KeyTable();
    for (let row = 1; row <= 600; row++) table.add(row % 2 === 0 ? 7 : 8, row);
    expect(table.of(7)).toHaveLength(300);
    expect(table.of(9)).toEqual([]);
  });

  it('G8 an addition moves a few slots, however many there are, and all are moved before the table grows again', () => {
    const table = new KeyTable();
    let before = 0;
    let growths = 0;
    for (let row = 1; row <= 150_000; row++) {
      const { size } = table;
      table.add(tagOf(row), row);
      const toMove = table.slotsToMove;
      if (toMove > before) {
        // The table was half full; of its slots this addition moved no more than any other.
        growths++;
        expect(before).toBe(0);
        expect(toMove).toBe(2 * size - MOVED_PER_ADDITION);
      } else if (before - toMove > MOVED_PER_ADDITION) {
        throw new Error(`an addition moved ${before - toMove} slots`);
      }
      before = toMove;
    }
    expect(growths).toBeGreaterThan(7);
  });
});
