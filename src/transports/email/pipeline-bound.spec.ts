import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  MAX_IN_FLIGHT,
  nextBound,
  type PipelineBound,
  QUEUE_TARGET_MS,
  type RoundObservation,
  withAnswerAlone,
} from './pipeline-bound.js';

const bounds: fc.Arbitrary<PipelineBound> = fc.record({
  mails: fc.integer({ min: 1, max: MAX_IN_FLIGHT }),
  aloneMs: fc.double({ min: 0, max: 2_000, noNaN: true }),
});
const rounds: fc.Arbitrary<RoundObservation> = fc.integer({ min: 1, max: 200 }).chain((mails) =>
  fc.record({
    mails: fc.constant(mails),
    retryable: fc.integer({ min: 0, max: mails }),
    broken: fc.boolean(),
    limited: fc.boolean(),
    writtenAt: fc.integer({ min: 0, max: 10_000 }),
    at: fc.integer({ min: 0, max: 10_000 }),
  }),
);
const WELL: RoundObservation = { mails: 10, retryable: 0, broken: false, limited: true, writtenAt: 1_000, at: 1_020 };

describe('the bound of mails in flight', () => {
  it('is a whole number from 1 to the most, whatever is seen', () => {
    fc.assert(
      fc.property(bounds, fc.array(rounds), fc.integer({ min: 1, max: MAX_IN_FLIGHT }), (start, seen, most) => {
        let bound: PipelineBound = { ...start, mails: Math.min(start.mails, most) };
        for (const round of seen) {
          bound = nextBound(bound, round, most);
          expect(Number.isInteger(bound.mails) && bound.mails >= 1 && bound.mails <= most).toBe(true);
        }
      }),
    );
  });

  it('grows only while mails are waiting, and by a tenth of the most at a time', () => {
    fc.assert(
      fc.property(bounds, rounds, (bound, seen) => {
        const { mails } = nextBound(bound, seen);
        expect(mails - bound.mails).toBeLessThanOrEqual(seen.limited ? Math.ceil(MAX_IN_FLIGHT / 10) : 0);
      }),
    );
    let bound: PipelineBound = { mails: 4, aloneMs: 20 };
    const sizes = Array.from({ length: 10 }, () => (bound = nextBound(bound, WELL)).mails);
    expect(sizes).toEqual([11, 18, 25, 32, 39, 46, 53, 60, 64, 64]);
  });

  it('is halved by a connection that broke, and by a tenth of a round that must be sent again', () => {
    fc.assert(
      fc.property(bounds, rounds, (bound, seen) => {
        fc.pre(seen.broken || seen.retryable >= Math.max(1, seen.mails * 0.1));
        expect(nextBound(bound, seen).mails).toBe(Math.max(1, Math.floor(bound.mails / 2)));
      }),
    );
  });

  it('is reduced once for all that was in flight together', () => {
    const stalled = { ...WELL, writtenAt: 1_000, at: 2_000 };
    const once = nextBound({ mails: 40 }, stalled);
    expect(once.mails).toBe(20);
    expect(nextBound(once, { ...stalled, at: 2_005 })).toEqual(once);
    expect(nextBound(once, { ...stalled, broken: true, at: 2_010 })).toEqual(once);
    expect(nextBound(once, { ...stalled, broken: true, writtenAt: 2_001, at: 2_020 }).mails).toBe(10);
  });

  it.each([
    ['a server that takes 10 ms a mail, near', 10, 10, 26],
    ['the same 50 ms away', 10, 60, 31],
    ['a server that takes 1 ms a mail, 20 ms away', 1, 21, MAX_IN_FLIGHT],
    ['a server that takes half a second a mail', 500, 500, 1],
  ])('comes to what keeps %s busy, and no more', (_, serviceMs, aloneMs, most) => {
    let now = 0;
    let bound: PipelineBound = withAnswerAlone({ mails: 4 }, aloneMs);
    for (let round = 0; round < 50; round++) {
      // As many in flight as the line holds wait for nothing; with more, each waits for all of them.
      const answerMs = Math.max(aloneMs, bound.mails * serviceMs);
      bound = nextBound(bound, { ...WELL, mails: bound.mails, writtenAt: now, at: now + answerMs });
      now += answerMs + 1;
    }
    expect(bound.mails).toBe(most);
    expect(bound.mails * serviceMs).toBeGreaterThanOrEqual(Math.min(aloneMs, MAX_IN_FLIGHT * serviceMs));
    expect(bound.mails * serviceMs).toBeLessThanOrEqual(aloneMs + QUEUE_TARGET_MS);
  });
});
