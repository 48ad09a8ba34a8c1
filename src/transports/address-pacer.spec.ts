import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AddressPacer } from './address-pacer.js';

describe('AddressPacer', () => {
  it('lets one a second through to an address, and asks each of a crowd at most twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 4 }), (messages, channels) => {
        const pacer = new AddressPacer(1_000);
        const queue = Array.from({ length: messages }, (_, i) => ({ id: `m${i}`, channel: `c${i % channels}`, at: 0 }));
        const sent = new Map<string, number[]>();
        let asked = 0;
        while (queue.length > 0) {
          queue.sort((a, b) => a.at - b.at);
          const next = queue.shift()!;
          asked++;
          const waitMs = pacer.waitMs(next.channel, next.id, false, next.at);
          if (waitMs > 0) queue.push({ ...next, at: next.at + waitMs });
          else sent.set(next.channel, [...(sent.get(next.channel) ?? []), next.at]);
        }
        expect(asked).toBeLessThanOrEqual(2 * messages);
        for (const times of sent.values()) expect(times).toEqual(times.map((_, i) => i * 1_000));
      }),
    );
  });

  it('lets what is urgent go before all that have a moment of their own, at the pace', () => {
    const pacer = new AddressPacer(1_000);
    expect([0, 1, 2].map((i) => pacer.waitMs('c', `m${i}`, false, 0))).toEqual([0, 1_000, 2_000]);
    expect(pacer.waitMs('c', 'fire', true, 0)).toBe(1_000);
    expect(pacer.waitMs('c', 'fire', true, 1_000)).toBe(0);
    expect(pacer.waitMs('c', 'm1', false, 1_000)).toBe(1_000);
  });

  it('keeps the receiver’s own word for that address alone', () => {
    const pacer = new AddressPacer(1_000);
    pacer.block('c', 30_000);
    expect(pacer.waitMs('c', 'a', false, 0)).toBe(30_000);
    expect(pacer.waitMs('d', 'b', false, 0)).toBe(0);
    expect(pacer.waitMs('c', 'a', false, 30_000)).toBe(0);
  });
});
