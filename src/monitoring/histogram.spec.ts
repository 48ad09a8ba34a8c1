import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Histogram, RELATIVE_ERROR } from './histogram.js';

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

describe('Histogram', () => {
  it('is off by at most the stated error at every quantile', () => {
    const value = fc.oneof(fc.double({ min: 0.5, max: 1e9, noNaN: true }), fc.integer({ min: 1, max: 100 }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const ordered = values.toSorted((a, b) => a - b);
        const exact = ordered[Math.max(1, Math.ceil(q * values.length)) - 1] ?? NaN;
        const found = histogramOf(values).quantiles([q])[0] ?? NaN;
        // The lowest bucket is told as 0: finer than the clock.
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact <= 0.5 ? 0.5 : exact * RELATIVE_ERROR * (1 + 1e-9));
      }),
    );
  });

  it('counts a value as often as it is told', () => {
    const histogram = new Histogram();
    histogram.add(10, 99);
    histogram.add(1000, 1);
    expect(histogram.summary().p50).toBeCloseTo(10, 0);
    expect(histogram.count).toBe(100);
    expect(histogram.summary().average).toBeCloseTo(19.9, 5);
  });

  it('G8 stays small whatever it counts', () => {
    const histogram = new Histogram();
    const buckets = new Set<number>();
    for (let value = 0.1; value < 1e15; value *= 1.003) buckets.add(histogram.bucketOf(value));
    expect(buckets.size).toBeLessThan(1_200);
  });

  it('says nothing while it is empty, and takes 0 and what a clock step makes negative', () => {
    expect(new Histogram().summary()).toEqual({ count: 0 });
    expect(new Histogram().quantiles([0.5])).toEqual([]);
    expect(histogramOf([0, -5]).summary()).toEqual({ count: 2, average: 0, p50: 0, p95: 0, p99: 0 });
  });
});
