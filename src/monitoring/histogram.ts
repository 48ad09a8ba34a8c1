/** A quantile is off by at most this part of the true value where nothing else is said. */
export const RELATIVE_ERROR = 0.01;

/** Values up to this share the lowest bucket: finer than a clock of milliseconds knows. */
const LOWEST = 0.5;
/** Values above this are counted as this: about 58 days in milliseconds, and 1 168 buckets at most. */
const HIGHEST = 5e9;

/** The usual figures of a distribution. They are undefined, and left out of JSON, while nothing was counted. */
export interface Quantiles {
  /** Values that it is made of. */
  readonly count: number;
  /** The mean. */
  readonly average?: number;
  /** The median. */
  readonly p50?: number;
  /** Not exceeded 95 times of 100. */
  readonly p95?: number;
  /** Not exceeded 99 times of 100. */
  readonly p99?: number;
}

/**
 * Counts values ≥ 0 in buckets whose bounds grow by a constant factor, so that memory is bounded and every quantile of values
 * between {@link LOWEST} and {@link HIGHEST} is off by at most `relativeError` (DDSketch: Masson, Rim, Lee, VLDB 2019, §2).
 */
export class Histogram {
  private readonly buckets = new Map<number, number>();
  private readonly gamma: number;
  private readonly logGamma: number;
  private total = 0;
  private sum = 0;

  /** @param relativeError 0..1 */
  constructor(relativeError = RELATIVE_ERROR) {
    this.gamma = (1 + relativeError) / (1 - relativeError);
    this.logGamma = Math.log(this.gamma);
  }

  /** @param times how often the value was seen */
  add(value: number, times = 1): void {
    const bucket = this.bucketOf(value);
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + times);
    this.total += times;
    this.sum += Math.min(Math.max(value, 0), HIGHEST) * times;
  }

  /** The bucket of a value: a whole number, or -Infinity for the lowest. */
  bucketOf(value: number): number {
    const clamped = Math.min(Math.max(value, 0), HIGHEST);
    return clamped <= LOWEST ? -Infinity : Math.ceil(Math.log(clamped) / this.logGamma);
  }

  /** Adds what another histogram of the same error counted in a bucket; its values are taken as the bucket's middle. */
  addBucket(bucket: number, times: number): void {
    this.add(bucket === -Infinity ? 0 : this.middleOf(bucket), times);
  }

  get count(): number {
    return this.total;
  }

  summary(): Quantiles {
    if (this.total === 0) return { count: 0 };
    const [p50 = 0, p95 = 0, p99 = 0] = this.quantiles([0.5, 0.95, 0.99]);
    return { count: this.total, average: round(this.sum / this.total), p50: round(p50), p95: round(p95), p99: round(p99) };
  }

  /**
   * The values below or at which these parts of all values are, in the same order; none when nothing was counted.
   *
   * @param wanted each 0..1
   */
  quantiles(wanted: readonly number[]): readonly number[] {
    if (this.total === 0) return [];
    const ordered = [...this.buckets].toSorted(([a], [b]) => a - b);
    return wanted.map((q) => {
      const rank = Math.max(1, Math.ceil(q * this.total));
      let seen = 0;
      for (const [bucket, count] of ordered) {
        seen += count;
        if (seen >= rank) return bucket === -Infinity ? 0 : this.middleOf(bucket);
      }
      return 0;
    });
  }

  /** The value whose relative distance to both ends of the bucket is the same. */
  private middleOf(bucket: number): number {
    return (2 * this.gamma ** bucket) / (this.gamma + 1);
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
