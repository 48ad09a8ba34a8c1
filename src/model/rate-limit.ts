/** Epoch ms are kept to about a quarter of a microsecond: less than this of a bucket is no difference. */
const ROUNDING_MS = 1e-3;

/**
 * A rate as a token bucket (ITU-T I.371, the generic cell rate algorithm): so many a second, of which a bucket's worth may go at once.
 * It delays and never drops.
 */
export class RateLimit {
  /**
   * @param burstMs depth of the bucket: what it gains in this time, ms
   * @param fullAt  when the bucket will be full again, epoch ms: all that there is to know of its past
   */
  constructor(
    private readonly perSecond: number,
    private readonly burstMs = 1_000,
    private fullAt = 0,
  ) {}

  /** What the constructor needs to go on from here. */
  get state(): number {
    return this.fullAt;
  }

  /** How many may go now. */
  available(now: number): number {
    const usedMs = Math.max(0, this.fullAt - now);
    if (this.isShallow) return usedMs === 0 ? 1 : 0;
    return Math.max(0, Math.floor(((this.burstMs - usedMs + ROUNDING_MS) * this.perSecond) / 1_000));
  }

  take(count: number, now: number): void {
    this.fullAt = Math.max(this.fullAt, now) + (count * 1_000) / this.perSecond;
  }

  /** Returns what was taken and not used. */
  giveBack(count: number): void {
    this.fullAt -= (count * 1_000) / this.perSecond;
  }

  /** Lets nothing go before `at`, epoch ms; then one may go. */
  holdUntil(at: number): void {
    this.fullAt = Math.max(this.fullAt, at + Math.max(0, this.burstMs - 1_000 / this.perSecond));
  }

  /** When one more may go, epoch ms. */
  nextAt(now: number): number {
    if (this.available(now) > 0) return now;
    return this.isShallow ? this.fullAt : Math.ceil(this.fullAt - this.burstMs + 1_000 / this.perSecond);
  }

  /** Nothing of it is remembered that a new one would not know. */
  isFull(now: number): boolean {
    return this.fullAt <= now;
  }

  /** The bucket holds less than one; when it is full, one may go. */
  private get isShallow(): boolean {
    return (this.perSecond * this.burstMs) / 1_000 < 1 - 1e-9;
  }
}
