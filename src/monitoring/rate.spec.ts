import { describe, expect, it } from '@jest/globals';
import { Rate } from './rate.js';

describe('Rate', () => {
  it('is the average over the last 60 seconds', () => {
    const rate = new Rate();
    rate.add(30, 1_000_000);
    rate.add(30, 1_030_500);
    expect(rate.perSecond(1_030_500)).toBe(1);
    expect(rate.perSecond(1_061_000)).toBe(0.5);
    expect(rate.perSecond(1_200_000)).toBe(0);
  });

  it('forgets what a clock that was set back has not reached yet', () => {
    const rate = new Rate();
    rate.add(60, 2_000_000);
    expect(rate.perSecond(1_000_000)).toBe(0);
  });
});
