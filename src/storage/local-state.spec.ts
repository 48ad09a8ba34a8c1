import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { LocalState } from './local-state.js';
import { type Ask, expectToKeepRate } from './state.conformance.js';

const nowhere = { read: () => undefined, write: () => Promise.resolve() };
const ask: fc.Arbitrary<Ask> = fc.record({
  who: fc.constantFrom(0 as const, 1 as const),
  wanted: fc.integer({ min: 1, max: 30 }),
  afterMs: fc.nat(700),
});

describe('the state of a store that one process has', () => {
  it('grants no more than a rate allows, whichever instance asks, and says when to ask again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), fc.array(ask, { maxLength: 30 }), async (perSecond, asks) => {
        const state = new LocalState(nowhere);
        await expectToKeepRate([state, state], 'rate', perSecond, asks);
      }),
    );
  });
});
