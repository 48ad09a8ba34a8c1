import { NumberHeap } from './number-heap.js';

/** How often each of some times is counted, and the earliest that is. */
export class TimeCounts {
  private readonly counts = new Map<number, number>();
  /** Those that were ever counted; one that no longer is is passed over. */
  private readonly times = new NumberHeap();

  /** @param at epoch ms */
  add(at: number): void {
    const others = this.counts.get(at) ?? 0;
    if (others === 0) this.times.push(at, 0, 0);
    this.counts.set(at, others + 1);
  }

  remove(at: number): void {
    const others = (this.counts.get(at) ?? 0) - 1;
    if (others > 0) this.counts.set(at, others);
    else this.counts.delete(at);
  }

  earliest(): number | undefined {
    while (this.times.size > 0 && !this.counts.has(this.times.peekKey() ?? 0)) this.times.pop();
    return this.times.peekKey();
  }
}
