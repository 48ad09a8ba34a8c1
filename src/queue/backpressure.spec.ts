import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock } from '../testing/manual-clock.js';
import { Backpressure, MAX_PAUSE_MS, pauseMs } from './backpressure.js';

const part = fc.double({ min: 0, max: 1.5, noNaN: true });

describe('backpressure', () => {
  it('nobody waits up to nine tenths, nobody for more than a second, and never less where more is pending', () => {
    fc.assert(
      fc.property(part, part, part, (a, b, pressure) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(pauseMs(low, pressure)).toBeLessThanOrEqual(pauseMs(high, pressure));
        expect(pauseMs(high, pressure)).toBeLessThanOrEqual(MAX_PAUSE_MS);
        if (high <= 0.9) expect(pauseMs(high, 0)).toBe(0);
      }),
    );
    expect([0.9, 0.95, 0.99].map((fill) => pauseMs(fill, 0))).toEqual([0, 250, 810]);
    expect(pauseMs(0, 0.5)).toBe(500);
  });

  /** 400 at a time against a queue of 1 000 000 that drains so many a second. */
  it.each([1_000, 20_000, 90_000])('a fast producer settles at the rate of the drain, below the limit: %i/s', (perSecond) => {
    let pending = 0;
    let accepted = 0;
    let now = 0;
    let halfway = { accepted: 0, now: 0 };
    while (now < 400_000) {
      const waitMs = pauseMs(pending / 1_000_000, 0) + 3;
      now += waitMs;
      pending = Math.max(0, pending - (perSecond * waitMs) / 1_000) + 400;
      accepted += 400;
      expect(pending).toBeLessThan(1_000_000);
      if (now < 200_000) halfway = { accepted, now };
    }
    const rate = ((accepted - halfway.accepted) / (now - halfway.now)) * 1_000;
    expect(rate / perSecond).toBeGreaterThan(0.95);
    expect(rate / perSecond).toBeLessThan(1.05);
  });

  it('releases the callers that wait when the process stops, and leaves no timer', async () => {
    const clock = new ManualClock();
    const backpressure = new Backpressure(clock, 100, () => 0);
    backpressure.learn(95);
    const delays = [backpressure.delay(), backpressure.delay()];
    expect(clock.pending).toBe(2);
    backpressure.release();
    for (const delay of delays) await delay;
    expect(clock.pending).toBe(0);
  });

  it('waits for its time, and not for a queue that refuses', async () => {
    const clock = new ManualClock();
    const backpressure = new Backpressure(clock, 100, () => 0);
    expect(backpressure.delay()).toBeUndefined();
    backpressure.learn(95);
    const delay = backpressure.delay();
    clock.advance(250);
    await delay;
    backpressure.learn(100);
    expect(backpressure.delay()).toBeUndefined();
  });
});
