/**
 * A rate as a token bucket (ITU-T I.371, the generic cell rate algorithm): so many a second, of which a second's worth may go at once.
 * It delays and never drops.
 */
export class RateLimit {
  /** When the bucket will be full again, epoch ms. */
  private fullAt = 0;

  constructor(private readonly perSecond: number) {}

  /** How many may go now. */
  available(now: number): number {
    const usedMs = Math.max(0, this.fullAt - now);
    return Math.max(
      0,
      Math.floor(((1_000 - usedMs) * this.perSecond) / 1_000 + 1e-9) + (this.perSecond < 1 && usedMs === 0 ? 1 : 0),
    );
  }

  take(count: number, now: number): void {
    this.fullAt = Math.max(this.fullAt, now) + (count * 1_000) / this.perSecond;
  }

  /** When one more may go, epoch ms. */
  nextAt(now: number): number {
    if (this.available(now) > 0) return now;
    return this.perSecond < 1 ? this.fullAt : Math.ceil(this.fullAt - 1_000 + 1_000 / this.perSecond);
  }
}
