import { afterEach, beforeEach, describe } from '@jest/globals';
import { itAccepts } from './accepting.conformance.js';
import { itIsAdministered } from './administering.conformance.js';
import { itClaims } from './claiming.conformance.js';
import { itTellsWhatEnded } from './ended.conformance.js';
import { itGathers } from './gathering.conformance.js';
import { itHolds } from './holds.conformance.js';
import { itKeeps } from './keeping.conformance.js';
import { itLeases } from './leases.conformance.js';
import { itHasAMailbox } from './mailbox.conformance.js';
import { itPrunes } from './pruning.conformance.js';
import { itSends } from './sending.conformance.js';
import { itIsSteered } from './steering.conformance.js';
import { itLimitsBursts } from './bursts.conformance.js';
import { itSharesState } from './state.conformance.js';
import { type OpenStore, StoreBench } from './store-bench.conformance.js';
import { itCancels } from './cancelling.conformance.js';

/** What every store promises. After each test its counts must add up (G7). */
export function describeStore(name: string, open: OpenStore): void {
  describe(`the store on ${name}`, () => {
    let bench: StoreBench;
    beforeEach(async () => (bench = await StoreBench.open(open)));
    afterEach(async () => {
      try {
        await bench.expectToAddUp();
      } finally {
        await bench.discard();
      }
    });
    const on = (): StoreBench => bench;

    describe('accepts', () => itAccepts(on));
    describe('gathers', () => itGathers(on));
    describe('is steered', () => itIsSteered(on));
    describe('limits bursts', () => itLimitsBursts(on));
    describe('claims', () => itClaims(on));
    describe('holds', () => itHolds(on));
    describe('leases', () => itLeases(on));
    describe('sends', () => itSends(on));
    describe('is administered', () => itIsAdministered(on));
    describe('tells what ended:', () => itTellsWhatEnded(on));
    describe('cancels', () => itCancels(on));
    describe('keeps', () => itKeeps(on));
    describe('shares state, and', () => itSharesState(() => [on().store.state, on().store.state]));
    describe('prunes', () => itPrunes(on));
    describe('has a mailbox, which', () => itHasAMailbox(on));
  });
}
