import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../testing/manual-clock.js';
import { ConnectGate, FIRST_BACK_OFF_MS, MAX_BACK_OFF_MS } from './connect-gate.js';
import { failed } from './smtp-failure.js';

const down = failed('retry', 'connection_failed', 'refused');

describe('ConnectGate', () => {
  it('lets everybody pass while all is well', () => {
    const gate = new ConnectGate(new ManualClock(), () => 0);
    expect([gate.refusal(), gate.refusal(), gate.trouble()]).toEqual([undefined, undefined, undefined]);
  });

  it('doubles the wait with each failure up to its limit, and forgets with a success', () => {
    const clock = new ManualClock();
    const gate = new ConnectGate(clock, () => 1);
    const waits = Array.from({ length: 9 }, () => {
      gate.failed(down);
      const waitMs = gate.refusal()?.retryAfterMs ?? 0;
      clock.advance(waitMs);
      return waitMs;
    });
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((times) => times * FIRST_BACK_OFF_MS));
    expect(waits.at(-1)).toBe(MAX_BACK_OFF_MS);
    gate.connected();
    expect([gate.refusal(), gate.trouble()]).toEqual([undefined, undefined]);
  });

  it('lets one at a time try when the wait is over', () => {
    const clock = new ManualClock();
    const gate = new ConnectGate(clock, () => 0);
    gate.failed(down);
    expect(gate.refusal()).toMatchObject({ failure: down.failure, retryAfterMs: FIRST_BACK_OFF_MS / 2 });
    clock.advance(FIRST_BACK_OFF_MS / 2);
    expect(gate.refusal()).toBeUndefined();
    expect(gate.refusal()).toMatchObject({ kind: 'retry' });
    expect(gate.trouble()).toContain('failed 1 times in a row (refused)');
  });
});
