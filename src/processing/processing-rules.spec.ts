import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { type SendResult } from '../transports/transport.js';
import { flushAt } from './batch-trigger.js';
import { initialLimits } from './batch-sizer.js';
import { backOffMs, MAX_BACK_OFF_MS, MAX_RETRY_AFTER_MS, settlementOf } from './retry-policy.js';

const RULES = { maxAttempts: 5, retryBaseMs: 1_000, onUncertain: 'retry' } as const;
const ENTRIES = claimedMessage().entries;
const failure = { reason: 'temporarily_refused', message: '451' } as const;

function failed(kind: 'retry' | 'permanent' | 'uncertain' | 'channel_unavailable', retryAfterMs?: number): SendResult {
  return { status: 'failed', kind, failure, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

describe('retry policy', () => {
  it('backs off with full jitter: 0 up to the doubled base, at most 15 min', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, base, random) => {
          const ms = backOffMs(attempt, base, () => random);
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(Math.min(MAX_BACK_OFF_MS, base * 2 ** (attempt - 1)));
        },
      ),
    );
  });

  it("keeps the receiver's own retry-after as a floor", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e7 }), fc.integer({ min: 1, max: 4 }), (retryAfterMs, attempt) => {
        const settlement = settlementOf(
          { messageId: 'm', attempt, entries: ENTRIES },
          failed('retry', retryAfterMs),
          RULES,
          100,
          () => 0,
        );
        expect(settlement).toMatchObject({ outcome: 'retry', retryAt: 100 + retryAfterMs });
      }),
    );
  });

  it.each([
    [failed('retry'), 4, 'retry', 'retry'],
    [failed('retry'), 5, 'retry', 'dead'],
    [failed('permanent'), 1, 'retry', 'dead'],
    [failed('uncertain'), 1, 'retry', 'retry'],
    [failed('uncertain'), 1, 'dead', 'dead'],
    [failed('channel_unavailable'), 5, 'retry', 'released'],
    [{ status: 'accepted' } as const, 5, 'dead', 'delivered'],
  ] as const)('%j at try %i with ON_UNCERTAIN=%s ends as %s', (result, attempt, onUncertain, outcome) => {
    const settlement = settlementOf(
      { messageId: 'm', attempt, entries: ENTRIES },
      result,
      { ...RULES, onUncertain },
      0,
      () => 0.5,
    );
    expect(settlement.outcome).toBe(outcome);
  });
});

describe('a receiver’s retry-after', () => {
  const NOW = 1_000_000;
  const retryAt = (
    retryAfterMs: number,
    kind: 'retry' | 'deferred',
    expiresAts: readonly (number | undefined)[],
  ): number | undefined => {
    const { entries } = claimedMessage(expiresAts.map((expiresAt) => (expiresAt === undefined ? {} : { expiresAt })));
    const result: SendResult = { status: 'failed', kind, failure, retryAfterMs };
    const settlement = settlementOf({ messageId: 'm', attempt: 1, entries }, result, RULES, NOW, () => 0);
    return 'retryAt' in settlement ? settlement.retryAt : undefined;
  };

  it('is a floor up to a day, or until the last of the message expires, whichever is sooner', () => {
    const times = fc.integer({ min: 1, max: 10 * MAX_RETRY_AFTER_MS });
    fc.assert(
      fc.property(
        times,
        fc.constantFrom('retry' as const, 'deferred' as const),
        fc.array(fc.option(times, { nil: undefined }), { minLength: 1, maxLength: 4 }),
        (retryAfterMs, kind, lives) => {
          const expiresAts = lives.map((life) => (life === undefined ? undefined : NOW + life));
          const lastMs = Math.max(...lives.map((life) => life ?? Infinity));
          expect(retryAt(retryAfterMs, kind, expiresAts)).toBe(NOW + Math.min(retryAfterMs, MAX_RETRY_AFTER_MS, lastMs));
        },
      ),
    );
  });
});

describe('why a batch is as large as it is', () => {
  it('says that the size is fixed where it does not follow the load', () => {
    const bounds = { size: 100, concurrency: 9 };
    expect(initialLimits(bounds, false).reason).toMatch(/always BATCH_MAX_SIZE.*BATCH_DYNAMIC_SIZING is false/);
    expect(initialLimits(bounds).reason).toMatch(/BATCH_MAX_SIZE, because nothing has changed it/);
  });
});

describe('BATCH_TRIGGER', () => {
  it.each([
    ['size', 4, undefined],
    ['size', 5, 100],
    ['timeout', 5, 1_100],
    ['both', 4, 1_100],
    ['both', 5, 100],
    ['all', 4, undefined],
    ['all', 5, 1_100],
  ] as const)('%s with %i of 5 waiting since 100 goes at %s', (trigger, waiting, at) => {
    expect(flushAt(trigger, waiting, 100, 5, 1_000)).toBe(at);
  });

  it.each(['size', 'timeout', 'both', 'all'] as const)('%s: goes before one of them would expire', (trigger) => {
    expect(flushAt(trigger, 1, 100, 5, 1_000, 400)).toBe(400);
    expect(flushAt('timeout', 1, 100, 5, 1_000, 9_000)).toBe(1_100);
    expect(flushAt(trigger, 0, undefined, 5, 1_000)).toBeUndefined();
  });
});
