import { describe, expect, it } from '@jest/globals';
import { HARD_BOUNCE_MS, isStopped, SUPPRESSION_REASONS, suppressedUntil } from './suppression.js';

describe('suppression', () => {
  const normal = { isCritical: false, isRequired: false };

  it('every reason stops a delivery that is neither critical nor required, and no reason stops nothing', () => {
    for (const reason of SUPPRESSION_REASONS) expect(isStopped([reason], normal)).toBe(true);
    expect(isStopped([], normal)).toBe(false);
  });

  it('a hard bounce stops what is required and not what is critical; the others the reverse', () => {
    for (const reason of SUPPRESSION_REASONS) {
      const isBounce = reason === 'hard_bounce';
      expect(isStopped([reason], { isCritical: true, isRequired: false })).toBe(!isBounce);
      expect(isStopped([reason], { isCritical: false, isRequired: true })).toBe(isBounce);
      expect(isStopped([reason], { isCritical: true, isRequired: true })).toBe(false);
    }
  });

  it('one reason that stops it is enough', () => {
    expect(isStopped(['hard_bounce', 'complaint'], { isCritical: true, isRequired: false })).toBe(true);
    expect(isStopped(['hard_bounce', 'complaint'], { isCritical: false, isRequired: true })).toBe(true);
  });

  it('a hard bounce ends after 30 days, the others with their removal', () => {
    expect(SUPPRESSION_REASONS.map((reason) => suppressedUntil(reason, 1_000))).toEqual([
      1_000 + HARD_BOUNCE_MS,
      undefined,
      undefined,
      undefined,
    ]);
    expect(HARD_BOUNCE_MS).toBe(2_592_000_000);
  });
});
