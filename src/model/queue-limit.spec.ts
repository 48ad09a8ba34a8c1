import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PRIORITIES } from './notification.js';
import { pendingLimit } from './queue-limit.js';

describe('the limit of pending deliveries', () => {
  it('is QUEUE_MAX_PENDING for all but critical, which has a hundredth more, at least 100', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (maxPending) => {
        for (const priority of PRIORITIES) {
          const reserve = pendingLimit(maxPending, priority) - maxPending;
          if (priority === 'critical') {
            expect(reserve).toBeGreaterThanOrEqual(100);
            expect(reserve).toBeGreaterThanOrEqual(maxPending / 100);
            expect(reserve).toBeLessThanOrEqual(Math.max(100, maxPending / 100 + 1));
          } else expect(reserve).toBe(0);
        }
      }),
    );
  });
});
