import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deviceFailure, type DeviceResult, TAKEN } from './device-result.js';
import { combinedResult } from './device-results.js';

const KINDS = ['gone', 'retry', 'uncertain', 'permanent', 'credentials', 'held'] as const;
const result: fc.Arbitrary<DeviceResult> = fc.oneof(
  fc.constant(TAKEN),
  fc
    .constantFrom(...KINDS)
    .map((kind) => deviceFailure(kind, 'internal', kind, kind === 'held' || kind === 'retry' ? 1_000 : undefined)),
);

describe('the results of the devices of one person', () => {
  it('come to one result: taken devices are kept, another attempt is made only while one may still take it', () => {
    fc.assert(
      fc.property(
        fc.array(result, { maxLength: 6 }),
        fc.array(fc.string({ minLength: 1 }), { maxLength: 2 }),
        fc.boolean(),
        (given, earlier, isLast) => {
          const results = given.map((one, index) => ({ key: `device ${index}`, result: one }));
          const combined = combinedResult(results, earlier, isLast);
          const taken = [...earlier, ...results.filter(({ result: { kind } }) => kind === 'taken').map(({ key }) => key)];
          const kinds = new Set(given.map(({ kind }) => kind));
          const mayStill = kinds.has('retry') || kinds.has('uncertain') || kinds.has('held');
          if (combined.status === 'accepted') {
            expect(taken.length).toBeGreaterThan(0);
            expect(mayStill && !isLast).toBe(false);
            return;
          }
          if (combined.kind === 'retry' || combined.kind === 'deferred') expect(mayStill).toBe(true);
          if (mayStill) expect(combined.progress).toEqual(taken.length === 0 ? undefined : { taken });
          if (combined.kind === 'permanent' || combined.kind === 'channel_unavailable') expect(taken).toEqual([]);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('a person without devices has no address', () => {
    expect(combinedResult([], [], false)).toMatchObject({ kind: 'permanent', failure: { reason: 'no_address' } });
  });

  it('a service that asked for time consumes no attempt, also at the last one', () => {
    const held = { key: 'a', result: deviceFailure('held', 'rate_limited', 'wait', 2_000) };
    const taken = { key: 'b', result: TAKEN };
    expect(combinedResult([held], [], true)).toMatchObject({ kind: 'deferred', retryAfterMs: 2_000 });
    expect(combinedResult([held, taken], [], true)).toMatchObject({ kind: 'deferred', progress: { taken: ['b'] } });
  });

  it('the last attempt is delivered when one device took it, and failed with the worst that may pass by itself when none did', () => {
    const retry = { key: 'a', result: deviceFailure('retry', 'temporarily_refused', '503') };
    const gone = { key: 'c', result: deviceFailure('gone', 'address_rejected', '410') };
    expect(combinedResult([retry, gone], ['b'], true)).toEqual({ status: 'accepted' });
    expect(combinedResult([gone, retry], [], true)).toMatchObject({ kind: 'retry' });
    expect(combinedResult([gone], [], false)).toMatchObject({ kind: 'permanent', failure: { reason: 'address_rejected' } });
  });
});
