import { describe, expect, it } from '@jest/globals';
import { type AggregationRule } from '../config/options.js';
import { resolveOptions } from '../config/resolve.js';
import { AggregationRules } from './aggregation-rules.js';

function rulesOf(
  rules: readonly AggregationRule[] = [],
  enabled = true,
  variables: Record<string, string> = {},
): AggregationRules {
  return new AggregationRules({ enabled, windowMs: 300_000, maxCount: 20, rules }, resolveOptions({}, variables).sse);
}

describe('AggregationRules', () => {
  it.each([
    ['system_update', 3_600_000, 10],
    ['approval_request', 900_000, 5],
    ['alert', 300_000, 3],
    ['reminder', 1_800_000, 10],
    ['announcement', 86_400_000, 20],
    ['anything.else', 300_000, 20],
  ])('%s gathers %i ms or %i', (type, windowMs, maxCount) => {
    expect(rulesOf().policy(type, 'email')).toMatchObject({ windowMs, maxCount, mode: 'fixed', leadingCount: 0, minCount: 1 });
  });

  it('holds no more than five on slack, and 100 ms or 50 on sse, unless a rule says so', () => {
    expect(rulesOf().policy('system_update', 'slack')).toMatchObject({ windowMs: 3_600_000, maxCount: 5 });
    expect(rulesOf().policy('alert', 'slack')).toMatchObject({ maxCount: 3 });
    expect(rulesOf().policy('alert', 'sse')).toMatchObject({ windowMs: 100, maxCount: 50 });
    const own = rulesOf([{ channel: 'slack', windowMs: 1_000, maxCount: 9 }]);
    expect(own.policy('system_update', 'slack')).toMatchObject({ windowMs: 1_000, maxCount: 9 });
  });

  it('gathers on sse as the variables say, where no rule matches', () => {
    const own = [{ type: 'alert', windowMs: 7, maxCount: 8 }];
    const sized = rulesOf(own, true, { SSE_BATCH_WINDOW_MS: '250', SSE_BATCH_MAX_SIZE: '9', SSE_CRITICAL_TYPES: 'fire, flood' });
    expect(sized.policy('note', 'sse')).toMatchObject({ windowMs: 250, maxCount: 9 });
    expect(sized.policy('alert', 'sse')).toMatchObject({ windowMs: 7, maxCount: 8 });
    expect(['fire', 'flood', 'error', 'note'].map((type) => sized.isCritical(type))).toEqual([true, true, false, false]);
    expect(sized.policy('flood', 'sse')).toBeUndefined();
    const off = rulesOf(own, true, { SSE_BATCH_ENABLED: 'false' });
    expect(off.policy('note', 'sse')).toBeUndefined();
    expect(off.policy('alert', 'sse')).toMatchObject({ windowMs: 7, maxCount: 8 });
    expect(off.policy('note', 'email')).toBeDefined();
    expect(off.isCritical('error')).toBe(true);
  });

  it('takes the most specific rule: type and channel, type, channel', () => {
    const rules = rulesOf([
      { channel: 'email', windowMs: 1, maxCount: 1 },
      { type: 'alert', windowMs: 2, maxCount: 1 },
      { type: 'alert', channel: 'email', windowMs: 3, maxCount: 1 },
    ]);
    expect(rules.policy('alert', 'email')?.windowMs).toBe(3);
    expect(rules.policy('alert', 'sms')?.windowMs).toBe(2);
    expect(rules.policy('reminder', 'email')?.windowMs).toBe(1);
    expect(rules.policy('reminder', 'sms')?.windowMs).toBe(1_800_000);
  });

  it('gathers nothing when windowMs is 0 or aggregation is off', () => {
    expect(rulesOf([{ type: 'alert', windowMs: 0, maxCount: 1 }]).policy('alert', 'email')).toBeUndefined();
    expect(rulesOf([], false).policy('alert', 'email')).toBeUndefined();
  });

  it('gathers everything of a type in one window on every channel: without a similarity, and with 0', () => {
    for (const channel of ['email', 'slack', 'webhook']) {
      expect(rulesOf().policy('alert', channel)?.similarity).toBeUndefined();
      const zero = rulesOf([{ type: 'alert', windowMs: 1_000, maxCount: 9, similarity: 0 }]);
      expect(zero.policy('alert', channel)?.similarity).toBeUndefined();
      const likes = rulesOf([{ type: 'alert', windowMs: 1_000, maxCount: 9, similarity: 0.7 }]);
      expect(likes.policy('alert', channel)?.similarity).toBe(0.7);
    }
  });

  it('works out the next time of a schedule only when the last one has passed', () => {
    const rules = rulesOf([{ windowMs: 1, maxCount: 9, schedule: { cron: '0 * * * *', timeZone: 'UTC' } }]);
    const at = Date.UTC(2027, 0, 15, 8);
    const dueAt = (now: number) => rules.opening('alert', 'email', now)?.dueAtIfOpened;
    expect([at, at + 1, at + 3_599_999, at + 3_600_000, at].map(dueAt)).toEqual(
      [1, 1, 1, 2, 1].map((hours) => at + hours * 3_600_000),
    );
    expect(rulesOf().opening('alert', 'email', at)).toEqual({ policy: rulesOf().policy('alert', 'email') });
  });
});
