import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  BATCH_TARGET_MS,
  type BatchObservation,
  initialLimits,
  type ChannelLimits,
  nextLimits,
  SHARE_MS,
  shareOf,
  timedLimits,
  UNKNOWN_MESSAGE_MS,
} from './batch-sizer.js';

const BOUNDS = { size: 100, concurrency: 10 };

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
  start: Partial<ChannelLimits> = {},
): readonly ChannelLimits[] {
  const sequence: ChannelLimits[] = [];
  let limits: ChannelLimits = { ...initialLimits(BOUNDS), ...start };
  for (let batch = 0; batch < batches; batch++) {
    const size = Math.min(limits.size, Math.max(1, waiting(batch)));
    const seen = { size, saturated: waiting(batch) > size, retryable: 0, broken: false, durationMs: 0, ...server(size, batch) };
    limits = nextLimits(limits, seen, BOUNDS);
    sequence.push(limits);
  }
  return sequence;
}

const busy = (): number => 100_000;
const steady: Server = (size) => ({ durationMs: 2 + size * 0.5 });
const sizes = (sequence: readonly ChannelLimits[]): number[] => sequence.map(({ size }) => size);
const deviation = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) / mean;
};

describe('the load of a channel', () => {
  it('stays within its limits, halves on failure and grows only under pressure, whatever is seen', () => {
    const observation = fc.record({
      size: fc.integer({ min: 1, max: 500 }),
      saturated: fc.boolean(),
      retryable: fc.nat(500),
      broken: fc.boolean(),
      durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
    });
    const bounds = fc.record({ size: fc.integer({ min: 1, max: 500 }), concurrency: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(bounds, fc.array(observation, { maxLength: 60 }), (most, seen) => {
        let limits = initialLimits(most);
        for (const one of seen) {
          const next = nextLimits(limits, one, most);
          for (const part of ['size', 'concurrency'] as const) {
            expect(next[part]).toBeGreaterThanOrEqual(1);
            expect(next[part]).toBeLessThanOrEqual(most[part]);
            if (next[part] > limits[part]) expect(one.saturated).toBe(true);
          }
          expect(Number.isInteger(next.size)).toBe(true);
          if (one.retryable * 10 >= one.size && one.retryable > 0) {
            expect(next.size).toBe(Math.max(1, Math.floor(limits.size / 2)));
            expect(next.concurrency).toBe(one.broken ? Math.max(1, Math.floor(limits.concurrency / 2)) : limits.concurrency);
          }
          limits = next;
        }
      }),
    );
  });

  it('grows from one to the most while the server keeps up, and stays there', () => {
    const sequence = simulate(steady, busy, 100, { size: 1, concurrency: 1 });
    expect(sizes(sequence.slice(0, 12)).at(-1)).toBe(100);
    expect(new Set(sizes(sequence.slice(12)))).toEqual(new Set([100]));
    expect(Math.floor(sequence.at(-1)!.concurrency)).toBe(10);
  });

  it('follows a step of the load: it is left alone while little waits, and grows when much does', () => {
    const sequence = simulate(steady, (batch) => (batch < 50 ? 5 : 100_000), 100, { size: 20 });
    expect(new Set(sizes(sequence.slice(0, 50)))).toEqual(new Set([20]));
    expect(sequence[65]?.size).toBe(100);
  });

  it('halves with each batch that must be tried again, and grows back', () => {
    const sequence = simulate((size, batch) => ({ ...steady(size, batch), ...(batch < 3 ? { retryable: size } : {}) }), busy, 40);
    expect(sizes(sequence.slice(0, 3))).toEqual([50, 25, 12]);
    expect(sequence.at(-1)?.size).toBe(100);
  });

  it('sends fewer batches at once over a broken connection, and as many as before when it is repaired', () => {
    const sequence = simulate(
      (size, batch) => ({ ...steady(size, batch), ...(batch < 4 ? { retryable: size, broken: true } : {}) }),
      busy,
      100,
    );
    expect(sequence.slice(0, 4).map(({ concurrency }) => concurrency)).toEqual([5, 2, 1, 1]);
    expect(Math.floor(sequence.at(-1)!.concurrency)).toBe(10);
  });

  it('shrinks when a server becomes ten times slower, and gets used to it', () => {
    const sequence = simulate((size, batch) => ({ durationMs: 2 + size * (batch < 30 ? 0.5 : 5) }), busy, 200);
    expect(Math.min(...sizes(sequence.slice(30, 40)))).toBeLessThanOrEqual(25);
    expect(sequence.at(-1)?.size).toBe(100);
  });

  it('a slow server gets batches that end in time', () => {
    const sequence = simulate((size) => ({ durationMs: size * 400 }), busy, 100);
    expect(sequence.at(-1)!.size * 400).toBeLessThanOrEqual(BATCH_TARGET_MS);
    expect(sequence.at(-1)!.size).toBeGreaterThanOrEqual(10);
  });

  it('a lone message says little of the others, however slow: the size stays, and so does the usual time', () => {
    const lone = (durationMs: number) => ({ size: 1, saturated: false, retryable: 0, broken: false, durationMs });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 30 }), (times) => {
        const warm = nextLimits(initialLimits(BOUNDS), { ...lone(500), size: 100 }, BOUNDS);
        for (const start of [initialLimits(BOUNDS), warm]) {
          const limits = times.reduce((before, ms) => nextLimits(before, lone(ms), BOUNDS), start);
          expect({ size: limits.size, messageMs: limits.messageMs }).toEqual({ size: 100, messageMs: start.messageMs });
        }
      }),
    );
  });

  it('a few messages that take longer than a batch should do say enough', () => {
    const seen = { size: 5, saturated: false, retryable: 0, broken: false, durationMs: 2 * BATCH_TARGET_MS };
    expect(nextLimits(initialLimits(BOUNDS), seen, BOUNDS).size).toBe(2);
  });

  it('where the size is fixed, the time is learned all the same', () => {
    const seen = { size: 20, saturated: true, retryable: 20, broken: true, durationMs: 60_000 };
    expect(timedLimits(initialLimits(BOUNDS, false), seen)).toEqual({ ...initialLimits(BOUNDS, false), messageMs: 3_000 });
  });

  it.each([1, 2, 3, 4, 5])('does not swing under jitter (%i)', (seed) => {
    const random = randomOf(seed);
    // Log-normal, sigma one half: every twentieth batch takes more than twice the usual time.
    const noise = (): number => Math.exp(0.5 * Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()));
    const sequence = simulate((size) => ({ durationMs: (2 + size * 0.5) * noise() }), busy, 1_000);
    const settled = sizes(sequence.slice(200));
    expect(deviation(settled)).toBeLessThan(0.15);
    expect(settled.reduce((sum, size) => sum + size, 0) / settled.length).toBeGreaterThan(85);
  });
});

describe('the share of a batch', () => {
  const limits = { ...initialLimits(BOUNDS), messageMs: 5 };

  it('is what is left for each batch in flight, at most what the limits allow', () => {
    expect(shareOf(limits, 5_000)).toBe(100);
    expect(shareOf(limits, 500)).toBe(50);
  });

  it('is never so small that a batch is not worth its while', () => {
    expect(shareOf(limits, 60)).toBe(SHARE_MS / 5);
    expect(shareOf({ ...limits, messageMs: 0.03 }, 60)).toBe(100);
    expect(shareOf({ ...limits, messageMs: 500 }, 3)).toBe(1);
  });

  it('uses the whole concurrency while nothing is known of the time, and is then worth its while at a distance', () => {
    expect(shareOf(initialLimits(BOUNDS), 300)).toBe(30);
    expect(shareOf(initialLimits(BOUNDS), 3_000)).toBe(100);
    expect(shareOf(initialLimits(BOUNDS), 7)).toBe(SHARE_MS / UNKNOWN_MESSAGE_MS);
  });

  it('lets every slot end at about the same time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 5_000 }), fc.integer({ min: 2, max: 20 }), (messages, concurrency) => {
        const ends = new Array<number>(concurrency).fill(0);
        for (let left = messages; left > 0;) {
          const share = Math.min(left, shareOf({ ...limits, concurrency }, left));
          const first = ends.indexOf(Math.min(...ends));
          ends[first] = ends[first]! + share * limits.messageMs;
          left -= share;
        }
        expect(Math.max(...ends)).toBeLessThanOrEqual((messages * limits.messageMs) / concurrency + 2 * SHARE_MS);
      }),
    );
  });
});
