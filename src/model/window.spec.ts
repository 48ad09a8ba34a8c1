import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { joinWindow, replannedDueAt, type WindowPolicy, type WindowState } from './window.js';

const next = (at: number): number => (Math.floor(at / 1_000) + 1) * 1_000;

const policies: fc.Arbitrary<WindowPolicy> = fc
  .record({
    mode: fc.constantFrom('fixed' as const, 'sliding' as const),
    windowMs: fc.integer({ min: 1, max: 5_000 }),
    factor: fc.integer({ min: 1, max: 5 }),
    maxCount: fc.integer({ min: 1, max: 10 }),
    leads: fc.integer({ min: 0, max: 3 }),
    minCount: fc.integer({ min: 1, max: 5 }),
    scheduled: fc.boolean(),
  })
  .map(({ factor, scheduled, ...rest }) => ({
    ...rest,
    maxWaitMs: rest.windowMs * factor,
    groupBy: 'type',
    render: { limit: 50, keep: 'priority' },
    ...(scheduled ? { schedule: { cron: '* * * * * *', timeZone: 'UTC' } } : {}),
  }));
const gaps = fc.array(fc.record({ gapMs: fc.integer({ min: -200, max: 3_000 }), replaces: fc.boolean() }), { maxLength: 30 });

function dueAtIfOpened(policy: WindowPolicy, at: number): number | undefined {
  return policy.schedule === undefined ? undefined : next(at);
}

/** Plays entries into one group, closing at the limit and at the due moment, and checks every step. */
function play(policy: WindowPolicy, entries: readonly { gapMs: number; replaces: boolean }[]): void {
  let state: WindowState | undefined;
  let now = 10_000;
  for (const { gapMs, replaces } of entries) {
    now += gapMs;
    if (state !== undefined && state.dueAt <= now) state = undefined;
    const before: WindowState | undefined = state;
    const step = joinWindow(policy, before, now, dueAtIfOpened(policy, now), undefined, replaces && (before?.count ?? 0) > 0);
    const { state: after } = step;
    expect(after.led).toBeLessThanOrEqual(policy.leads);
    expect(after.count).toBeLessThanOrEqual(policy.maxCount);
    expect(step.full).toBe(!step.leads && after.count >= policy.maxCount);
    // One entry does one thing: it leads, it is counted, or it takes the place of another.
    expect(after.count - (before?.count ?? 0) + after.led - (before?.led ?? 0)).toBe(
      replaces && (before?.count ?? 0) > 0 ? 0 : 1,
    );
    // A window never closes earlier than it was going to, and never later than its ceiling.
    expect(after.dueAt).toBeGreaterThanOrEqual(before?.dueAt ?? now);
    if (policy.schedule !== undefined) expect(after.dueAt).toBe(next(after.openedAt));
    else if (policy.mode === 'fixed') expect(after.dueAt).toBe(after.openedAt + policy.windowMs);
    else expect(after.dueAt).toBeLessThanOrEqual(after.openedAt + policy.maxWaitMs);
    const replanned = replannedDueAt(policy, after.openedAt, now, dueAtIfOpened(policy, after.openedAt));
    expect(replanned).toBeLessThanOrEqual(Math.max(after.dueAt, now + policy.windowMs));
    state = step.full ? undefined : after;
  }
}

describe('the window policy', () => {
  it('G4 keeps its limit, its moment and its ceiling, whatever arrives when, also when the clock steps back', () => {
    fc.assert(fc.property(policies, gaps, play), { numRuns: 2_000 });
  });

  it('closes for a sendAt at that moment and no other', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 10_001, max: 99_999 }), (policy, sendAt) => {
        const { state, leads } = joinWindow(policy, undefined, 10_000, dueAtIfOpened(policy, 10_000), sendAt);
        expect([state.dueAt, leads]).toEqual([sendAt, false]);
        expect(joinWindow(policy, state, 10_500, dueAtIfOpened(policy, 10_500), sendAt).state.dueAt).toBe(sendAt);
      }),
    );
  });
});
