import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_RETRY_AFTER_MS, retryAfterMs } from './retry-after.js';

const NOW = Date.UTC(2026, 10, 20, 9);

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['1.5', 1_500],
    ['999999999', MAX_RETRY_AFTER_MS],
    ['99999999999999', MAX_RETRY_AFTER_MS],
    ['1e400', MAX_RETRY_AFTER_MS],
    ['Fri, 20 Nov 2026 09:01:00 GMT', 60_000],
    ['Friday, 20-Nov-26 09:01:00 GMT', 60_000],
    ['2026-11-20T09:01:00Z', 60_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', MAX_RETRY_AFTER_MS],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['-5', undefined],
    ['-1e400', undefined],
    ['', undefined],
    ['soon', undefined],
    ['foo 7', undefined],
    ['Fri, the 20th', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('reads %j as %j', (header, waitMs) => {
    expect(retryAfterMs(header, NOW)).toBe(waitMs);
  });

  it('is within a day whatever a receiver sends', () => {
    const header = fc.oneof(fc.string(), fc.double().map(String), fc.bigInt().map(String), fc.date().map(String));
    fc.assert(
      fc.property(header, (text) => {
        const waitMs = retryAfterMs(text, NOW) ?? 0;
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(MAX_RETRY_AFTER_MS);
      }),
    );
  });
});
