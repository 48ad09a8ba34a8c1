/** Counts what happened in the last seconds. */
export class Rate {
  private readonly slots: Float64Array;
  private readonly seconds: Float64Array;

  /** @param windowSeconds how far back it looks */
  constructor(private readonly windowSeconds = 60) {
    this.slots = new Float64Array(windowSeconds);
    this.seconds = new Float64Array(windowSeconds).fill(-1);
  }

  add(count: number, now: number): void {
    const second = Math.floor(now / 1000);
    const slot = second % this.windowSeconds;
    if (this.seconds[slot] !== second) {
      this.seconds[slot] = second;
      this.slots[slot] = 0;
    }
    this.slots[slot] = (this.slots[slot] ?? 0) + count;
  }

  /** How many in the window that ends now. */
  total(now: number): number {
    const second = Math.floor(now / 1000);
    let sum = 0;
    for (const [slot, at] of this.seconds.entries()) {
      if (at <= second && at > second - this.windowSeconds) sum += this.slots[slot] ?? 0;
    }
    return sum;
  }

  /** How many a second, as the average over the window that ends now. */
  perSecond(now: number): number {
    return Math.round((this.total(now) / this.windowSeconds) * 100) / 100;
  }
}
