import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type WindowPolicy } from '../window.js';
import { collapseGroups } from './backlog.js';
import { mayCloseEarly, readyAtClose, shapeAtClose, type WindowFacts } from './closing.js';
import { decideRuleChange } from './rule-change.js';

const policies: fc.Arbitrary<WindowPolicy> = fc.record({
  mode: fc.constantFrom('fixed' as const, 'sliding' as const),
  windowMs: fc.integer({ min: 1, max: 5_000 }),
  maxWaitMs: fc.integer({ min: 5_000, max: 10_000 }),
  maxCount: fc.integer({ min: 1, max: 10 }),
  leadingCount: fc.constant(0),
  minCount: fc.integer({ min: 1, max: 5 }),
  groupBy: fc.constantFrom('type' as const, 'none' as const),
  render: fc.constant({ limit: 50, keep: 'priority' as const }),
});
const now = 10_000;
const windows: fc.Arbitrary<WindowFacts> = fc
  .record({
    policy: policies,
    count: fc.integer({ min: 1, max: 20 }),
    openedAt: fc.integer({ min: 0, max: now }),
    notBefore: fc.option(fc.integer({ min: 0, max: 2 * now }), { nil: undefined }),
  })
  .map(({ notBefore, ...rest }) => ({
    channel: 'email',
    address: 'ann@x',
    type: 'a',
    ...rest,
    plannedAt: rest.openedAt + rest.policy.windowMs,
    dueAt: rest.openedAt + rest.policy.windowMs,
    ...(notBefore === undefined ? {} : { notBefore }),
  }));

describe('the close of a window', () => {
  it('sends a digest, or each alone where there are fewer than minCount', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 20 }), (policy, count) => {
        const shape = shapeAtClose(policy, count);
        expect(shape).toBe(count < policy.minCount ? 'individual' : 'digest');
      }),
    );
  });

  it('is early only where nothing waits for a sendAt, and sends nothing before it', () => {
    fc.assert(
      fc.property(windows, (window) => {
        expect(mayCloseEarly(window, now)).toBe((window.notBefore ?? 0) <= now);
        expect(readyAtClose(window, now)).toBe(mayCloseEarly(window, now) ? now : window.notBefore);
      }),
    );
  });
});

describe('a change of rules', () => {
  it('keeps the grouping, closes what is full or due, and leaves what its own rule says again', () => {
    fc.assert(
      fc.property(windows, policies, (window, policy) => {
        const change = decideRuleChange(window, window.openedAt, { policy }, now);
        const own = decideRuleChange(window, window.openedAt, { policy: { ...window.policy, groupBy: policy.groupBy } }, now);
        expect(own).toEqual({ action: 'keep' });
        if (change.action !== 'change') return;
        expect(change.policy).toEqual({ ...policy, groupBy: window.policy.groupBy });
        expect(change.closes !== undefined).toBe(window.count >= policy.maxCount || change.times.dueAt <= now);
        if (window.notBefore !== undefined) expect(change.times.dueAt).toBe(window.notBefore);
      }),
    );
  });

  it('sends each delivery on its own where nothing is gathered any more', () => {
    fc.assert(
      fc.property(windows, (window) => {
        expect(decideRuleChange(window, now, undefined, now)).toEqual({ action: 'close', shape: 'individual' });
      }),
    );
  });
});

describe('a backlog', () => {
  const messages = fc.array(
    fc.record({
      channel: fc.constantFrom('email', 'slack'),
      address: fc.constantFrom('ann@x', 'bob@x'),
      scope: fc.constantFrom(undefined, 'k1', 'k2'),
      rank: fc.nat({ max: 3 }),
      attempts: fc.nat({ max: 1 }),
    }),
  );

  it('is collapsed by address and scope, never what is critical, was attempted, or joins nothing', () => {
    fc.assert(
      fc.property(messages, (all) => {
        const groups = collapseGroups(all);
        const seen = new Set<string>();
        for (const group of groups) {
          expect(group.length).toBeGreaterThan(1);
          const keys = new Set(group.map(({ channel, address, scope }) => JSON.stringify([channel, address, scope])));
          expect(keys.size).toBe(1);
          for (const key of keys) {
            expect(seen.has(key)).toBe(false);
            seen.add(key);
          }
          for (const { rank, attempts, scope } of group)
            expect([rank > 0, attempts, scope !== undefined]).toEqual([true, 0, true]);
        }
      }),
    );
  });
});
