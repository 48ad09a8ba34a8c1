import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RequestSlices } from './request-slices.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('RequestSlices', () => {
  it('lets a slice through at once, and nobody waits while there is room', async () => {
    const slices = new RequestSlices({ usual: 2, whileConnecting: 1 });
    expect([slices.turn(), slices.turn()]).toEqual([undefined, undefined]);
    await turn();
    expect(slices.turn()).toBeUndefined();
  });

  it('G8 lets at most a slice through in a turn of the event loop, all of them in their order', async () => {
    const arrivals = fc.array(fc.nat(40), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 8 }), async (counts, perTurn) => {
        const slices = new RequestSlices({ usual: perTurn, whileConnecting: 1 });
        const passed: number[] = [];
        let arrived = 0;
        const arrive = (): void => {
          const number = arrived++;
          const wait = slices.turn();
          if (wait === undefined) passed.push(number);
          else void wait.then(() => passed.push(number));
        };
        for (const count of counts) {
          const before = passed.length;
          for (let i = 0; i < count; i++) arrive();
          await turn();
          // What came in this turn, and what waited until the next one.
          expect(passed.length - before).toBeLessThanOrEqual(2 * perTurn);
        }
        while (slices.queued > 0) {
          const before = passed.length;
          await turn();
          expect(passed.length - before).toBeLessThanOrEqual(perTurn);
        }
        await turn();
        expect(passed).toEqual(Array.from({ length: arrived }, (_, i) => i));
      }),
      { numRuns: 50 },
    );
  });

  it('lets fewer through in the turn after one that accepted a connection, and as many as usual after that', async () => {
    const slices = new RequestSlices({ usual: 8, whileConnecting: 2 });
    const passing = (): number => Array.from({ length: 20 }, () => slices.turn()).filter((wait) => wait === undefined).length;
    slices.connected();
    await turn();
    expect(passing()).toBe(2);
    const idle = new RequestSlices({ usual: 8, whileConnecting: 2 });
    idle.connected();
    await turn();
    await turn();
    expect(Array.from({ length: 20 }, () => idle.turn()).filter((wait) => wait === undefined)).toHaveLength(8);
  });

  it('keeps nobody waiting for those who come later', async () => {
    const slices = new RequestSlices({ usual: 1, whileConnecting: 1 });
    expect(slices.turn()).toBeUndefined();
    const order: string[] = [];
    const first = slices.turn()?.then(() => order.push('first'));
    await turn();
    const second = slices.turn()?.then(() => order.push('second'));
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
  });
});
