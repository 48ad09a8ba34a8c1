import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type OpeningRule, type WindowPolicy, type WindowTimes } from '../window.js';
import { type Allowance, decideArrival } from './arrival.js';
import { closeBy, timesAfterEntry, timesAtOpening, timesByRule } from './window-times.js';

const next = (at: number): number => (Math.floor(at / 1_000) + 1) * 1_000;

const policies: fc.Arbitrary<WindowPolicy> = fc
  .record({
    mode: fc.constantFrom('fixed' as const, 'sliding' as const),
    windowMs: fc.integer({ min: 1, max: 5_000 }),
    factor: fc.integer({ min: 1, max: 5 }),
    maxCount: fc.integer({ min: 1, max: 10 }),
    leadingCount: fc.integer({ min: 0, max: 3 }),
    minCount: fc.constant(1),
    scheduled: fc.boolean(),
  })
  .map(({ factor, scheduled, ...rest }) => ({
    ...rest,
    maxWaitMs: rest.windowMs * factor,
    groupBy: 'type',
    render: { limit: 50, keep: 'priority' },
    ...(scheduled ? { schedule: { cron: '* * * * * *', timeZone: 'UTC' } } : {}),
  }));
const entries = fc.array(
  fc.record({
    gapMs: fc.integer({ min: -200, max: 3_000 }),
    lifeMs: fc.oneof({ weight: 3, arbitrary: fc.constant(Infinity) }, fc.integer({ min: -5, max: 9_000 })),
  }),
  { maxLength: 40 },
);

interface Played {
  readonly action: 'expire' | 'send' | 'lead' | 'gather';
  readonly at: number;
  readonly times?: WindowTimes;
  readonly closedBy?: 'count' | 'time';
}

function ruleAt(policy: WindowPolicy, at: number): OpeningRule {
  return policy.schedule === undefined ? { policy } : { policy, dueAtIfOpened: next(at) };
}

/** Plays entries into one group, which closes at its limit and at its time. */
function play(policy: WindowPolicy, arrivals: readonly { gapMs: number; lifeMs: number }[], check: (step: Played) => void): void {
  let window: { times: WindowTimes; count: number } | undefined;
  let allowance: Allowance | undefined;
  let now = 10_000;
  for (const { gapMs, lifeMs } of arrivals) {
    now += gapMs;
    if (window !== undefined && window.times.dueAt <= now) window = undefined;
    const expiresAt = lifeMs === Infinity ? undefined : now + lifeMs;
    const decision = decideArrival(ruleAt(policy, now), { window, allowance }, { now, notBefore: undefined, expiresAt });
    if (decision.action === 'expire' || decision.action === 'send') {
      check({ action: decision.action, at: now });
      continue;
    }
    if (decision.action === 'lead') {
      allowance = decision.allowance;
      check({ action: 'lead', at: now });
      continue;
    }
    window = decision.action === 'open' ? { times: decision.times, count: 0 } : decision.window;
    window.count++;
    window.times = timesAfterEntry(policy, window.times, { acceptedAt: now, expiresAt });
    const isFull = window.count >= policy.maxCount;
    check({ action: 'gather', at: now, times: window.times, ...(isFull ? { closedBy: 'count' } : {}) });
    if (isFull) window = undefined;
  }
}

describe('an arrival', () => {
  it('G4 gathers until a time that its policy allows, whatever arrives when, also when the clock steps back', () => {
    fc.assert(
      fc.property(policies, entries, (policy, arrivals) => {
        play(policy, arrivals, ({ times }) => {
          if (times === undefined) return;
          const { openedAt, plannedAt, dueAt, expiring } = times;
          if (policy.schedule !== undefined) expect(plannedAt).toBeLessThanOrEqual(next(openedAt));
          else if (policy.mode === 'fixed') expect(plannedAt).toBeLessThanOrEqual(openedAt + policy.windowMs);
          else expect(plannedAt).toBeLessThanOrEqual(openedAt + policy.maxWaitMs);
          expect(dueAt).toBeLessThanOrEqual(plannedAt);
          // Nothing expires before the close, and only what would do so brings it forward.
          if (expiring !== undefined && expiring.expiresAt <= plannedAt) expect(dueAt).toBeLessThan(expiring.expiresAt);
          else expect(dueAt).toBe(plannedAt);
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it('leads once in windowMs, however often the count closes the window within it', () => {
    fc.assert(
      fc.property(policies, entries, fc.nat({ max: 1 }), (anyPolicy, arrivals, leadingCount) => {
        const policy = { ...anyPolicy, leadingCount };
        const led: number[] = [];
        const forward = arrivals.map(({ gapMs, lifeMs }) => ({ gapMs: Math.abs(gapMs), lifeMs }));
        play(policy, forward, ({ action, at }) => {
          if (action !== 'lead') return;
          const before = led.at(-1);
          led.push(at);
          if (before === undefined) return;
          if (policy.schedule === undefined) expect(at - before).toBeGreaterThanOrEqual(policy.windowMs);
          else expect(at).toBeGreaterThanOrEqual(next(before));
        });
        if (leadingCount === 0) expect(led).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is expired at once when its time has passed, whatever its rule says', () => {
    fc.assert(
      fc.property(fc.option(policies, { nil: undefined }), fc.nat({ max: 10_000 }), (policy, expiresAt) => {
        const rule = policy && ruleAt(policy, 10_000);
        const facts = { now: 10_000, notBefore: undefined, expiresAt };
        expect(decideArrival(rule, { window: {}, allowance: undefined }, facts)).toEqual({ action: 'expire' });
      }),
    );
  });

  it('with a sendAt gathers until then, and is neither counted nor held by a burst limit', () => {
    fc.assert(
      fc.property(policies, fc.boolean(), fc.integer({ min: 10_001, max: 99_999 }), (policy, isBurst, sendAt) => {
        const rule = ruleAt(isBurst ? { ...policy, burst: true } : policy, 10_000);
        const facts = { now: 10_000, notBefore: sendAt, expiresAt: undefined };
        const decision = decideArrival(rule, { window: undefined, allowance: { sent: 99, until: 99_999 } }, facts);
        if (isBurst) expect(decision).toEqual({ action: 'send' });
        else expect(decision).toMatchObject({ action: 'open', times: { dueAt: sendAt }, gathersQueued: false });
      }),
    );
  });

  it('beyond a burst limit opens one digest, which takes what is still queued and closes with the burst', () => {
    fc.assert(
      fc.property(policies, fc.nat({ max: 6 }), fc.integer({ min: 1, max: 5_000 }), (policy, sent, leftMs) => {
        const rule = { policy: { ...policy, mode: 'fixed', burst: true, leadingCount: 3 } as const };
        const allowance = { sent, until: 10_000 + leftMs };
        const facts = { now: 10_000, notBefore: undefined, expiresAt: undefined };
        const decision = decideArrival(rule, { window: undefined, allowance }, facts);
        if (sent < 3) expect(decision).toMatchObject({ action: 'lead', allowance: { sent: sent + 1, until: allowance.until } });
        else {
          const dueAt = Math.min(allowance.until, 10_000 + policy.windowMs);
          expect(decision).toMatchObject({ action: 'open', gathersQueued: true, times: { dueAt } });
        }
      }),
    );
  });
});

describe('the times of a window', () => {
  it('bring the close forward by a tenth of the life that is left, at most a minute', () => {
    expect(closeBy(0, 10_000)).toBe(9_000);
    expect(closeBy(0, 600_000)).toBe(540_000);
    expect(closeBy(0, 86_400_000)).toBe(86_340_000);
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 10_000_000 }), (acceptedAt, lifeMs) => {
        const at = closeBy(acceptedAt, acceptedAt + lifeMs);
        expect(at).toBeGreaterThanOrEqual(acceptedAt);
        expect(at).toBeLessThan(acceptedAt + lifeMs);
      }),
    );
  });

  it('do not depend on the order in which entries are counted, and are the same by their own rule', () => {
    fc.assert(
      fc.property(policies, fc.shuffledSubarray([0, 1, 2, 3, 4]), entries, (policy, order, arrivals) => {
        const joined = arrivals.slice(0, 5).map(({ gapMs, lifeMs }, index) => {
          const acceptedAt = 10_000 + index * 100 + Math.abs(gapMs);
          return { acceptedAt, expiresAt: lifeMs === Infinity ? undefined : acceptedAt + Math.abs(lifeMs) + 1 };
        });
        const opened = timesAtOpening(ruleAt(policy, 10_000), 10_000);
        const fold = (list: typeof joined) => list.reduce((times, entry) => timesAfterEntry(policy, times, entry), opened);
        const chosen = order.flatMap((index) => joined[index] ?? []);
        const times = fold(chosen);
        expect(times).toEqual(fold(chosen.toSorted((a, b) => a.acceptedAt - b.acceptedAt)));
        const lastAt = Math.max(10_000, ...chosen.map(({ acceptedAt }) => acceptedAt));
        expect(timesByRule(ruleAt(policy, 10_000), times, lastAt)).toEqual(times);
      }),
    );
  });
});
