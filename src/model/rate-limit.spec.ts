import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RateLimit } from './rate-limit.js';

const START = Date.UTC(2026, 10, 20, 9);

it('has one when it said that it would, and grants no more than the rate and a bucket, at times of this century', () => {
  const steps = fc.array(fc.record({ wanted: fc.integer({ min: 1, max: 12 }), afterMs: fc.nat({ max: 1_000 }) }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.constantFrom(100, 1_000, 5_000), steps, (perSecond, burstMs, taken) => {
      const rate = new RateLimit(perSecond, burstMs);
      let now = START;
      let total = 0;
      for (const { wanted, afterMs } of taken) {
        now += afterMs;
        const granted = Math.min(wanted, rate.available(now));
        if (granted > 0) rate.take(granted, now);
        total += granted;
        if (granted === wanted) continue;
        now = rate.nextAt(now);
        expect(rate.available(now)).toBeGreaterThanOrEqual(1);
        rate.take(1, now);
        total += 1;
      }
      const bucket = Math.max(1, (perSecond * burstMs) / 1_000);
      expect(total).toBeLessThanOrEqual(((now - START) * perSecond) / 1_000 + bucket + 1e-3);
    }),
    { numRuns: 1_000 },
  );
});
