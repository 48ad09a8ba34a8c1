import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Breaker, BREAKER_THRESHOLD, FIRST_PROBE_MS, MAX_PROBE_MS } from './breaker.js';
import { RateLimit } from '../model/rate-limit.js';

describe('Breaker', () => {
  it('opens after failures in a row, and lets one probe through at a time, at doubling pauses', () => {
    const breaker = new Breaker();
    for (let i = 1; i < BREAKER_THRESHOLD; i++) expect(breaker.failed('down', 0)).toBe(false);
    breaker.succeeded();
    for (let i = 1; i < BREAKER_THRESHOLD; i++) breaker.failed('down', 0);
    expect([breaker.state(0), breaker.failed('down', 0), breaker.state(0)]).toEqual(['closed', true, 'open']);
    let now = 0;
    for (let pauseMs = FIRST_PROBE_MS; pauseMs < MAX_PROBE_MS * 4; pauseMs *= 2) {
      const waitMs = Math.min(MAX_PROBE_MS, pauseMs);
      expect(breaker.allows(now + waitMs - 1)).toBe(false);
      now += waitMs;
      expect([breaker.state(now), breaker.allows(now), breaker.allows(now)]).toEqual(['half-open', true, false]);
      breaker.failed('still down', now);
    }
    breaker.succeeded();
    expect([breaker.state(now), breaker.detail]).toEqual(['closed', undefined]);
  });

  it('a probe that was not sent is another’s turn', () => {
    const breaker = new Breaker();
    breaker.trip('refused', 0);
    expect(breaker.allows(FIRST_PROBE_MS)).toBe(true);
    breaker.released();
    expect(breaker.allows(FIRST_PROBE_MS)).toBe(true);
  });
});

describe('RateLimit', () => {
  it('lets no more than the rate and one second’s worth pass, and never stalls', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 500, noNaN: true }),
        fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 60 }),
        (rate, gaps) => {
          const limit = new RateLimit(rate);
          let now = 1_000;
          let passed = 0;
          for (const gap of gaps) {
            now += gap;
            const count = limit.available(now);
            limit.take(count, now);
            passed += count;
            expect(passed).toBeLessThanOrEqual(((now - 1_000) / 1_000) * rate + Math.max(1, rate) + 1e-6);
            const next = limit.nextAt(now);
            expect(limit.available(Math.max(now, next) + 1)).toBeGreaterThan(0);
          }
        },
      ),
    );
  });
});
