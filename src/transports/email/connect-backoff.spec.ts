import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../testing/manual-clock.js';
import { ConnectBackoff, FIRST_BACK_OFF_MS, MAX_BACK_OFF_MS } from './connect-backoff.js';
import { failed } from './smtp-failure.js';

const down = failed('retry', 'connection_failed', 'refused');

describe('ConnectBackoff', () => {
  it('lets everybody pass while nothing fails', () => {
    const backoff = new ConnectBackoff(new ManualClock(), () => 0);
    expect([backoff.refusal(), backoff.refusal(), backoff.lastError()]).toEqual([undefined, undefined, undefined]);
  });

  it('doubles the wait with each failure up to its limit, and forgets with a success', () => {
    const clock = new ManualClock();
    const backoff = new ConnectBackoff(clock, () => 1);
    const waits = Array.from({ length: 9 }, () => {
      backoff.failed(down);
      const waitMs = backoff.refusal()?.retryAfterMs ?? 0;
      clock.advance(waitMs);
      return waitMs;
    });
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((times) => times * FIRST_BACK_OFF_MS));
    expect(waits.at(-1)).toBe(MAX_BACK_OFF_MS);
    backoff.connected();
    expect([backoff.refusal(), backoff.lastError()]).toEqual([undefined, undefined]);
  });

  it('lets one at a time try when the wait is over', () => {
    const clock = new ManualClock();
    const backoff = new ConnectBackoff(clock, () => 0);
    backoff.failed(down);
    expect(backoff.refusal()).toMatchObject({ failure: down.failure, retryAfterMs: FIRST_BACK_OFF_MS / 2 });
    clock.advance(FIRST_BACK_OFF_MS / 2);
    expect(backoff.refusal()).toBeUndefined();
    expect(backoff.refusal()).toMatchObject({ kind: 'retry' });
    expect(backoff.lastError()).toContain('failed 1 times in a row (refused)');
  });
});
