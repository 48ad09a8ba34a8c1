import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimedMessage } from '../../test/support/claimed-message.js';
import { type ClaimedMessage, type Lane, LANES } from '../model/message.js';
import { AddressPace } from './address-pace.js';
import { BREAKER_THRESHOLD } from '../model/breaker.js';
import { receiverShare } from '../transports/receiver-share.js';
import { ClaimLimits } from './claim-limits.js';
import { EndpointBreakers } from './endpoint-breakers.js';

const T0 = 1_000_000;
const hostOf = (address: string): string => address.split('/')[0] ?? address;

function setUp(pace?: AddressPace) {
  const breakers = new EndpointBreakers(() => hostOf);
  return { breakers, limits: new ClaimLimits('webhook', () => hostOf, breakers, pace) };
}

describe('the share of a receiver', () => {
  it('is a third of the concurrency, rounded up', () => {
    expect([1, 2, 3, 4, 6, 9, 10].map(receiverShare)).toEqual([1, 1, 1, 2, 2, 3, 4]);
  });

  it('G6 no receiver holds more than its share, and none that holds less is kept waiting', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('claim' as const), host: fc.nat(4), lane: fc.constantFrom(...LANES) }),
        fc.record({ kind: fc.constant('end' as const), which: fc.nat(30) }),
      ),
      { maxLength: 100 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), steps, (concurrency, all) => {
        const { limits } = setUp();
        const sending: { readonly lane: Lane; readonly message: ClaimedMessage }[] = [];
        const held = (lane: Lane, host: string): number =>
          sending.filter((one) => one.lane === lane && hostOf(one.message.address) === host).length;
        for (const step of all) {
          if (step.kind === 'end') {
            const [ended] = sending.splice(step.which % Math.max(1, sending.length), 1);
            if (ended !== undefined) limits.ended(ended.lane, [ended.message]);
            continue;
          }
          const { lane } = step;
          const message = claimedMessage([{}], { channel: 'webhook', address: `h${step.host}/${sending.length}` });
          const host = hostOf(message.address);
          const holds = limits.holds(lane, concurrency, T0);
          const until = holds?.heldUntil(holds.keyOf(message.address) ?? '', 0);
          expect(until).toBe(held(lane, host) >= Math.ceil(concurrency / 3) ? Infinity : undefined);
          if (until !== undefined) continue;
          limits.began(lane, [message], T0);
          sending.push({ lane, message });
          expect(held(lane, host)).toBeLessThanOrEqual(Math.ceil(concurrency / 3));
        }
      }),
    );
  });

  it('an open breaker holds its receiver until the probe, and lets one probe through at a time', () => {
    const { breakers, limits } = setUp();
    const message = claimedMessage([{}], { channel: 'webhook', address: 'down/1' });
    const failure = { reason: 'connection_failed', message: 'refused' } as const;
    for (let i = 0; i < BREAKER_THRESHOLD; i++) breakers.learn([message], [{ status: 'failed', kind: 'retry', failure }], T0);
    const until = (now: number, taken = 0, host = 'down') => limits.holds('normal', 9, now)?.heldUntil(host, taken);
    const probeAt = until(T0) ?? 0;
    expect(probeAt).toBeGreaterThan(T0);
    expect(until(T0, 0, 'well')).toBeUndefined();
    expect(until(probeAt)).toBeUndefined();
    expect(until(probeAt, 1)).toBe(Infinity);
    limits.began('normal', [message], probeAt);
    expect(until(probeAt)).toBe(Infinity);
    // One that was given back untouched says nothing; the next one probes.
    limits.ended('normal', [message]);
    expect(until(probeAt)).toBeUndefined();
    limits.began('normal', [message], probeAt);
    breakers.learn([message], [{ status: 'accepted' }], probeAt);
    limits.ended('normal', [message]);
    expect(until(probeAt, 5)).toBeUndefined();
  });

  it('the pace of an address holds only that address', () => {
    const { limits } = setUp(new AddressPace(1_000));
    const holds = (now: number) => limits.holds('normal', 9, now);
    expect(holds(T0)?.keyOf('a/1')).toBe('a/1');
    expect(holds(T0)?.heldUntil('a/1', 0)).toBeUndefined();
    expect(holds(T0)?.heldUntil('a/1', 1)).toBe(T0 + 1_000);
    limits.began('normal', [claimedMessage([{}], { address: 'a/1' })], T0);
    expect(holds(T0 + 999)?.heldUntil('a/1', 0)).toBe(T0 + 1_000);
    expect(holds(T0 + 999)?.heldUntil('a/2', 0)).toBeUndefined();
    expect(holds(T0 + 1_000)?.heldUntil('a/1', 0)).toBeUndefined();
  });

  it('an address is held until the latest time that was given for it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 10 }), (times) => {
        const { limits } = setUp(new AddressPace(1_000));
        for (const ms of times) limits.holdAddress('a/1', T0 + ms, T0);
        limits.holdAddress('a/2', T0 + 200_000, T0);
        const latest = T0 + Math.max(...times);
        expect(limits.holds('normal', 9, latest)?.heldUntil('a/1', 0)).toBeUndefined();
        expect(limits.holds('normal', 9, latest - 1)?.heldUntil('a/1', 0)).toBe(latest);
      }),
    );
  });
});
