import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  BATCH_TARGET_MS,
  type BatchObservation,
  initialLoad,
  type Load,
  nextLoad,
  SHARE_MS,
  shareOf,
  timedLoad,
  UNKNOWN_MESSAGE_MS,
} from './batch-sizer.js';

const LIMITS = { size: 100, slots: 10 };

/** Deterministic noise: a failure can be run again. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

/** A server as the law sees it: what a batch of so many comes to. */
type Server = (size: number, batch: number) => Partial<BatchObservation>;

/** Batch after batch, as large as the law lets them be while so many wait. */
function simulate(
  server: Server,
  waiting: (batch: number) => number,
  batches: number,
  start: Partial<Load> = {},
): readonly Load[] {
  const loads: Load[] = [];
  let load: Load = { ...initialLoad(LIMITS), ...start };
  for (let batch = 0; batch < batches; batch++) {
    const size = Math.min(load.size, Math.max(1, waiting(batch)));
    const seen = { size, saturated: waiting(batch) > size, retryable: 0, broken: false, durationMs: 0, ...server(size, batch) };
    load = nextLoad(load, seen, LIMITS);
    loads.push(load);
  }
  return loads;
}

const busy = (): number => 100_000;
const steady: Server = (size) => ({ durationMs: 2 + size * 0.5 });
const sizes = (loads: readonly Load[]): number[] => loads.map(({ size }) => size);
const deviation = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) / mean;
};

describe('the load of a channel', () => {
  it('stays within its limits, halves on failure and grows under pressure alone, whatever is seen', () => {
    const observation = fc.record({
      size: fc.integer({ min: 1, max: 500 }),
      saturated: fc.boolean(),
      retryable: fc.nat(500),
      broken: fc.boolean(),
      durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
    });
    const limits = fc.record({ size: fc.integer({ min: 1, max: 500 }), slots: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(limits, fc.array(observation, { maxLength: 60 }), (most, seen) => {
        let load = initialLoad(most);
        for (const one of seen) {
          const next = nextLoad(load, one, most);
          for (const part of ['size', 'slots'] as const) {
            expect(next[part]).toBeGreaterThanOrEqual(1);
            expect(next[part]).toBeLessThanOrEqual(most[part]);
            if (next[part] > load[part]) expect(one.saturated).toBe(true);
          }
          expect(Number.isInteger(next.size)).toBe(true);
          if (one.retryable * 10 >= one.size && one.retryable > 0) {
            expect(next.size).toBe(Math.max(1, Math.floor(load.size / 2)));
            expect(next.slots).toBe(one.broken ? Math.max(1, Math.floor(load.slots / 2)) : load.slots);
          }
          load = next;
        }
      }),
    );
  });

  it('grows from one to the most while the server keeps up, and stays there', () => {
    const loads = simulate(steady, busy, 100, { size: 1, slots: 1 });
    expect(sizes(loads.slice(0, 12)).at(-1)).toBe(100);
    expect(new Set(sizes(loads.slice(12)))).toEqual(new Set([100]));
    expect(Math.floor(loads.at(-1)!.slots)).toBe(10);
  });

  it('follows a step of the load: it is left alone while little waits, and grows when much does', () => {
    const loads = simulate(steady, (batch) => (batch < 50 ? 5 : 100_000), 100, { size: 20 });
    expect(new Set(sizes(loads.slice(0, 50)))).toEqual(new Set([20]));
    expect(loads[65]?.size).toBe(100);
  });

  it('halves with each batch that must be tried again, and grows back', () => {
    const loads = simulate((size, batch) => ({ ...steady(size, batch), ...(batch < 3 ? { retryable: size } : {}) }), busy, 40);
    expect(sizes(loads.slice(0, 3))).toEqual([50, 25, 12]);
    expect(loads.at(-1)?.size).toBe(100);
  });

  it('sends fewer batches at once over a broken way, and as many as before when it is mended', () => {
    const loads = simulate(
      (size, batch) => ({ ...steady(size, batch), ...(batch < 4 ? { retryable: size, broken: true } : {}) }),
      busy,
      100,
    );
    expect(loads.slice(0, 4).map(({ slots }) => slots)).toEqual([5, 2, 1, 1]);
    expect(Math.floor(loads.at(-1)!.slots)).toBe(10);
  });

  it('shrinks when a server becomes ten times slower, and gets used to it', () => {
    const loads = simulate((size, batch) => ({ durationMs: 2 + size * (batch < 30 ? 0.5 : 5) }), busy, 200);
    expect(Math.min(...sizes(loads.slice(30, 40)))).toBeLessThanOrEqual(25);
    expect(loads.at(-1)?.size).toBe(100);
  });

  it('a slow server gets batches that end in time', () => {
    const loads = simulate((size) => ({ durationMs: size * 400 }), busy, 100);
    expect(loads.at(-1)!.size * 400).toBeLessThanOrEqual(BATCH_TARGET_MS);
    expect(loads.at(-1)!.size).toBeGreaterThanOrEqual(10);
  });

  it('a lone message says little of the others, however slow: the size stays, and so does the usual time', () => {
    const lone = (durationMs: number) => ({ size: 1, saturated: false, retryable: 0, broken: false, durationMs });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 30 }), (times) => {
        const warm = nextLoad(initialLoad(LIMITS), { ...lone(500), size: 100 }, LIMITS);
        for (const start of [initialLoad(LIMITS), warm]) {
          const load = times.reduce((before, ms) => nextLoad(before, lone(ms), LIMITS), start);
          expect({ size: load.size, messageMs: load.messageMs }).toEqual({ size: 100, messageMs: start.messageMs });
        }
      }),
    );
  });

  it('a few messages that take longer than a batch should do say enough', () => {
    const seen = { size: 5, saturated: false, retryable: 0, broken: false, durationMs: 2 * BATCH_TARGET_MS };
    expect(nextLoad(initialLoad(LIMITS), seen, LIMITS).size).toBe(2);
  });

  it('where the size is fixed, the time is learned all the same', () => {
    const seen = { size: 20, saturated: true, retryable: 20, broken: true, durationMs: 60_000 };
    expect(timedLoad(initialLoad(LIMITS, false), seen)).toEqual({ ...initialLoad(LIMITS, false), messageMs: 3_000 });
  });

  it.each([1, 2, 3, 4, 5])('does not swing under jitter (%i)', (seed) => {
    const random = randomOf(seed);
    // Log-normal, sigma one half: every twentieth batch takes more than twice the usual time.
    const noise = (): number => Math.exp(0.5 * Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()));
    const loads = simulate((size) => ({ durationMs: (2 + size * 0.5) * noise() }), busy, 1_000);
    const settled = sizes(loads.slice(200));
    expect(deviation(settled)).toBeLessThan(0.15);
    expect(settled.reduce((sum, size) => sum + size, 0) / settled.length).toBeGreaterThan(85);
  });
});

describe('the share of a batch', () => {
  const load = { ...initialLoad(LIMITS), messageMs: 5 };

  it('is what is left for each slot, at most what the load allows', () => {
    expect(shareOf(load, 5_000)).toBe(100);
    expect(shareOf(load, 500)).toBe(50);
  });

  it('is never so small that a batch is not worth its while', () => {
    expect(shareOf(load, 60)).toBe(SHARE_MS / 5);
    expect(shareOf({ ...load, messageMs: 0.03 }, 60)).toBe(100);
    expect(shareOf({ ...load, messageMs: 500 }, 3)).toBe(1);
  });

  it('uses all slots while nothing is known of the time, and is then worth its while at a distance', () => {
    expect(shareOf(initialLoad(LIMITS), 300)).toBe(30);
    expect(shareOf(initialLoad(LIMITS), 3_000)).toBe(100);
    expect(shareOf(initialLoad(LIMITS), 7)).toBe(SHARE_MS / UNKNOWN_MESSAGE_MS);
  });

  it('lets every slot end at about the same time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 5_000 }), fc.integer({ min: 2, max: 20 }), (messages, slots) => {
        const ends = new Array<number>(slots).fill(0);
        for (let left = messages; left > 0;) {
          const share = Math.min(left, shareOf({ ...load, slots }, left));
          const first = ends.indexOf(Math.min(...ends));
          ends[first] = ends[first]! + share * load.messageMs;
          left -= share;
        }
        expect(Math.max(...ends)).toBeLessThanOrEqual((messages * load.messageMs) / slots + 2 * SHARE_MS);
      }),
    );
  });
});
