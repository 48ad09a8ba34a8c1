import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type NotificationPriority, PRIORITIES } from '../model/notification.js';
import { ADDRESS_COST_MS, PRIORITY_PENALTY_MS, ReadyStamps, TYPE_COST_MS } from './ready-stamp.js';

const arrival = fc.record({
  type: fc.constantFrom('a', 'b'),
  address: fc.constantFrom('ann', 'bob', 'cy'),
  priority: fc.constantFrom<NotificationPriority>(...PRIORITIES.slice(1)),
  afterMs: fc.nat(2_000),
});

describe('the order of what is ready', () => {
  it('starves nobody: what arrives later than a message’s penalty and the lead of its own flows goes behind it', () => {
    fc.assert(
      fc.property(fc.array(arrival, { minLength: 1, maxLength: 200 }), (arrivals) => {
        const stamps = new ReadyStamps();
        let now = 1_000_000;
        const seen = arrivals.map(({ type, address, priority, afterMs }) => {
          now += afterMs;
          return { type, address, priority, now, stamp: stamps.stamp('email', type, address, priority, now) };
        });
        for (const [index, one] of seen.entries()) {
          const before = seen.slice(0, index).filter(({ priority }) => priority === one.priority);
          const lead = Math.max(
            before.filter(({ type }) => type === one.type).length * TYPE_COST_MS,
            before.filter(({ address }) => address === one.address).length * ADDRESS_COST_MS,
          );
          const bound = one.now + PRIORITY_PENALTY_MS[one.priority] + lead;
          expect(one.stamp).toBeLessThanOrEqual(bound);
          for (const later of seen.slice(index + 1)) if (later.now > bound) expect(later.stamp).toBeGreaterThan(one.stamp);
        }
      }),
    );
  });

  it('a low one is sent ten minutes into a flood of high ones that takes all there is', () => {
    const stamps = new ReadyStamps();
    const waiting: { readonly stamp: number; readonly low: boolean }[] = [];
    const flood = (now: number): void => {
      const reader = `r${now % 1_000}`;
      waiting.push({ stamp: stamps.stamp('email', `type-${now % 50}`, reader, 'high', now), low: false });
    };
    waiting.push({ stamp: stamps.stamp('email', 'note', 'ann', 'low', 0), low: true });
    let sentAt: number | undefined;
    // One comes and one goes every millisecond.
    for (let now = 0; sentAt === undefined && now < 700_000; now++) {
      flood(now);
      let first = 0;
      for (let i = 1; i < waiting.length; i++) if (waiting[i]!.stamp < waiting[first]!.stamp) first = i;
      if (waiting.splice(first, 1)[0]!.low) sentAt = now;
    }
    expect(sentAt).toBeGreaterThan(PRIORITY_PENALTY_MS.low - 2_000);
    expect(sentAt).toBeLessThanOrEqual(PRIORITY_PENALTY_MS.low + 2_000);
  });
});
