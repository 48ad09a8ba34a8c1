import { describe, expect, it } from '@jest/globals';
import { NotificationEvents } from '../model/notification-events.js';
import { type ExtendReport } from '../storage/notification-store.js';
import { ManualClock } from '../testing/manual-clock.js';
import { LEASE_MS, LeaseKeeper, RENEW_MS } from './lease-keeper.js';

function setUp(answer: () => Promise<ExtendReport> = () => Promise.resolve({ lost: [] })) {
  const clock = new ManualClock();
  const calls: { readonly tokens: readonly string[]; readonly forMs: number }[] = [];
  const extend = (tokens: readonly string[], until: number): Promise<ExtendReport> => {
    calls.push({ tokens, forMs: until - clock.now() });
    return answer();
  };
  const keeper = new LeaseKeeper({ extend }, clock, new NotificationEvents());
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, calls, keeper, pass };
}

describe('LeaseKeeper', () => {
  it('a lease is short, so that the work of a process that died comes back soon', () => {
    expect(LEASE_MS).toBeGreaterThanOrEqual(30_000);
    expect(LEASE_MS).toBeLessThanOrEqual(60_000);
  });

  it('renews all leases in one call at a third of their time, and leaves no timer when nothing is sent', async () => {
    const { clock, calls, keeper, pass } = setUp();
    const [a, b] = [keeper.hold('a', clock.now()), keeper.hold('b', clock.now())];
    await pass(RENEW_MS);
    keeper.release(a);
    await pass(10 * RENEW_MS);
    expect(calls[0]).toEqual({ tokens: ['a', 'b'], forMs: LEASE_MS });
    expect(calls.slice(1)).toEqual(Array.from({ length: 10 }, () => ({ tokens: ['b'], forMs: LEASE_MS })));
    expect(b.until).toBe(clock.now() + LEASE_MS);
    expect(b.lost.aborted).toBe(false);
    keeper.release(b);
    expect(clock.pending).toBe(0);
  });

  it('G2 tells the batch whose lease was lost, and no other', async () => {
    const { clock, keeper, pass } = setUp(() => Promise.resolve({ lost: ['a'] }));
    const [a, b] = [keeper.hold('a', clock.now()), keeper.hold('b', clock.now())];
    await pass(RENEW_MS);
    expect([a.lost.aborted, b.lost.aborted]).toEqual([true, false]);
  });

  it('G2 takes a lease for lost before it ends when the store does not renew it, and not at the first failure', async () => {
    const { clock, keeper, pass } = setUp(() => Promise.reject(new Error('no answer')));
    const lease = keeper.hold('a', clock.now());
    await pass(RENEW_MS);
    expect(lease.lost.aborted).toBe(false);
    while (!lease.lost.aborted) await pass(RENEW_MS);
    expect(clock.now()).toBeLessThan(lease.until);
  });
});
