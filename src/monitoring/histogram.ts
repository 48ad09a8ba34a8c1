/** A quantile is off by at most this part of the true value. */
export const RELATIVE_ERROR = 0.01;

/** Values up to this share the lowest bucket: finer than a clock of milliseconds knows. */
const LOWEST = 0.5;
/** Values above this are counted as this: about 58 days in milliseconds, and 1 168 buckets at most. */
const HIGHEST = 5e9;

const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);

/** The usual figures of a distribution. They are undefined, and left out of JSON, while nothing was counted. */
export interface Quantiles {
  readonly count: number;
  readonly average?: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
}

/**
 * Counts values ≥ 0 in buckets whose bounds grow by a constant factor, so that memory is bounded and every quantile of values
 * between {@link LOWEST} and {@link HIGHEST} is off by at most {@link RELATIVE_ERROR} (DDSketch: Masson, Rim, Lee, VLDB 2019, §2).
 */
export class Histogram {
  private readonly buckets = new Map<number, number>();
  private total = 0;
  private sum = 0;

  /** @param times how often the value was seen */
  add(value: number, times = 1): void {
    const clamped = Math.min(Math.max(value, 0), HIGHEST);
    const bucket = clamped <= LOWEST ? -Infinity : Math.ceil(Math.log(clamped) / LOG_GAMMA);
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + times);
    this.total += times;
    this.sum += clamped * times;
  }

  get count(): number {
    return this.total;
  }

  /** Buckets in use. */
  get size(): number {
    return this.buckets.size;
  }

  /**
   * The value below or at which this part of all values is.
   *
   * @param q 0..1
   * @returns undefined when nothing was counted
   */
  quantile(q: number): number | undefined {
    return this.quantiles([q])[0];
  }

  summary(): Quantiles {
    if (this.total === 0) return { count: 0 };
    const [p50 = 0, p95 = 0, p99 = 0] = this.quantiles([0.5, 0.95, 0.99]);
    return { count: this.total, average: round(this.sum / this.total), p50: round(p50), p95: round(p95), p99: round(p99) };
  }

  private quantiles(wanted: readonly number[]): readonly number[] {
    if (this.total === 0) return [];
    const ordered = [...this.buckets].toSorted(([a], [b]) => a - b);
    return wanted.map((q) => {
      const rank = Math.max(1, Math.ceil(q * this.total));
      let seen = 0;
      for (const [bucket, count] of ordered) {
        seen += count;
        if (seen >= rank) return bucket === -Infinity ? 0 : middleOf(bucket);
      }
      return 0;
    });
  }
}

/** The value whose relative distance to both ends of the bucket is the same. */
function middleOf(bucket: number): number {
  return (2 * GAMMA ** bucket) / (GAMMA + 1);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
