import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NumberHeap } from './number-heap.js';
import { Claims } from './claims.js';
import { type ClaimedRow } from './rows.js';
import { UndoableMap, UndoableSet, UndoLog } from './undo-log.js';

/** One of each kind of memory that is undone. */
class Memory {
  readonly undo = new UndoLog();
  readonly map = new UndoableMap<number, number>(this.undo);
  readonly set = new UndoableSet<number>(this.undo);
  readonly heap = new NumberHeap(this.undo);
  readonly claims = new Claims(this.undo);
  readonly kept: Record<string, number> = { a: 1 };
  count = 0;

  constructor() {
    this.undo.keepCounts(() => {
      const { count } = this;
      return () => {
        this.count = count;
      };
    });
  }

  change(kind: number, key: number, value: number): void {
    switch (kind) {
      case 0:
        this.map.set(key, value);
        break;
      case 1:
        this.map.delete(key);
        break;
      case 2:
        this.set.add(key);
        break;
      case 3:
        this.set.delete(key);
        break;
      case 4:
        this.heap.push(value, key, key % 3);
        break;
      case 5:
        this.heap.pop();
        break;
      case 6:
        this.claimOrSettle(key, value);
        break;
      default:
        this.undo.keep(this.kept);
        if (value % 4 === 0) Reflect.deleteProperty(this.kept, `k${key}`);
        else this.kept[`k${key}`] = value;
        this.count += value;
    }
  }

  seen(): unknown {
    const heap = new NumberHeap();
    for (const [key, id, tag] of emptied(this.heap)) {
      this.heap.push(key, id, tag);
      heap.push(key, id, tag);
    }
    return {
      map: [...this.map].sort(([a], [b]) => a - b),
      set: [...this.set].sort((a, b) => a - b),
      heap: emptied(heap),
      sending: [...this.claims.values()]
        .map((message) => [message.row.id, message.claimId, message.dueAt, this.claims.leaseUntil(message)])
        .sort(([a = 0], [b = 0]) => a - b),
      kept: { ...this.kept },
      count: this.count,
    };
  }

  private claimOrSettle(id: number, value: number): void {
    const message = this.claims.get(id);
    if (message === undefined) this.claims.hold({ row: { id } as ClaimedRow, claimId: value % 3, dueAt: 10 }, 10);
    else if (value % 2 === 0) this.claims.release(message);
    else this.claims.watch(message, value);
  }
}

/** Takes all out of a heap, in its order. */
function emptied(heap: NumberHeap): (readonly [number, number, number])[] {
  const entries: (readonly [number, number, number])[] = [];
  while (heap.size > 0) {
    entries.push([heap.peekKey() ?? 0, heap.peekId(), heap.peekTag()]);
    heap.pop();
  }
  return entries;
}

const change = fc.tuple(fc.nat(7), fc.nat(5), fc.nat(20));
const changes = fc.array(change, { maxLength: 12 });
const transaction = fc.record({
  before: changes,
  inSavepoint: changes,
  after: changes,
  savepointFails: fc.boolean(),
  fails: fc.boolean(),
});

describe('UndoLog', () => {
  it('a transaction that fails, and a savepoint of one that holds, leave memory as it was, one transaction after another', () => {
    fc.assert(
      fc.property(fc.array(transaction, { maxLength: 6 }), (transactions) => {
        const memory = new Memory();
        const { undo } = memory;
        const make = (list: readonly (readonly [number, number, number])[]): void => {
          for (const [kind, key, value] of list) memory.change(kind, key, value);
        };
        for (const { before, inSavepoint, after, savepointFails, fails } of transactions) {
          const whole = memory.seen();
          undo.begin();
          make(before);
          const mark = undo.mark();
          const part = savepointFails ? seenQuietly(memory) : undefined;
          make(inSavepoint);
          if (savepointFails) {
            undo.rollBack(mark);
            expect(seenQuietly(memory)).toEqual(part);
          }
          make(after);
          if (fails) undo.rollBack(0);
          undo.end();
          if (fails) expect(memory.seen()).toEqual(whole);
        }
      }),
    );
  });

  it('holds on to nothing once the transaction is over', () => {
    const undo = new UndoLog();
    undo.begin();
    for (let i = 0; i < 100; i++) undo.record(() => undefined);
    undo.end();
    const { steps } = undo as unknown as { readonly steps: readonly unknown[] };
    expect(steps.every((slot) => slot === undefined)).toBe(true);
  });
});

/** Looking at the heap changes it for a while, which must leave no step. */
function seenQuietly(memory: Memory): unknown {
  const { undo } = memory;
  const mark = undo.mark();
  const seen = memory.seen();
  undo.rollBack(mark);
  return seen;
}
