import { itReplans } from '../recipients/replanning.conformance.js';
import { itPlans } from '../recipients/scenarios.conformance.js';
import { itEscalates } from '../recipients/several-channels.conformance.js';
import { itAccepts } from './accepting.conformance.js';
import { itIsAdministered } from './administering.conformance.js';
import { itClaims } from './claiming.conformance.js';
import { itAttaches } from './attaching.conformance.js';
import { itTellsWhatEnded } from './ended.conformance.js';
import { itErases } from './erasing.conformance.js';
import { itGathers } from './gathering.conformance.js';
import { itHolds } from './holds.conformance.js';
import { itKeeps } from './keeping.conformance.js';
import { itLeases } from './leases.conformance.js';
import { itHasAMailbox } from './mailbox.conformance.js';
import { itPrunes } from './pruning.conformance.js';
import { itSends } from './sending.conformance.js';
import { itSequences } from './sequence.conformance.js';
import { itIsSteered } from './steering.conformance.js';
import { itLimitsBursts } from './bursts.conformance.js';
import { itSharesState } from './state.conformance.js';
import { type OpenStore, StoreBench } from './store-bench.conformance.js';
import { itCancels } from './cancelling.conformance.js';
import { itSuppresses } from './suppressing.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/**
 * Registers what every store promises: `describeStore({ describe, it, beforeEach, afterEach, expect }, 'mine', open)`. After each test its counts
 * must add up (G7).
 *
 * @param open makes a store, empty and opened at `T0`, of at most `MAX_PENDING` pending deliveries; called once for each test
 */
export function describeStore(runner: StoreSuiteRunner, name: string, open: OpenStore): void {
  const { describe, beforeEach, afterEach } = runner;
  describe(`the store on ${name}`, () => {
    let bench: StoreBench;
    beforeEach(async () => void (bench = await StoreBench.open(open)));
    afterEach(async () => {
      try {
        await bench.expectToAddUp();
      } finally {
        await bench.discard();
      }
    });
    const on = (): StoreBench => bench;

    describe('accepts', () => itAccepts(on, runner));
    describe('gathers', () => itGathers(on, runner));
    describe('is steered', () => itIsSteered(on, runner));
    describe('limits bursts', () => itLimitsBursts(on, runner));
    describe('claims', () => itClaims(on, runner));
    describe('holds', () => itHolds(on, runner));
    describe('leases', () => itLeases(on, runner));
    describe('sends', () => itSends(on, runner));
    describe('sequences', () => itSequences(on, runner));
    describe('is administered', () => itIsAdministered(on, runner));
    describe('attaches', () => itAttaches(on, runner));
    describe('erases', () => itErases(on, runner));
    describe('tells what ended:', () => itTellsWhatEnded(on, runner));
    describe('cancels', () => itCancels(on, runner));
    describe('suppresses:', () => itSuppresses(on, runner));
    describe('plans for recipients:', () => itPlans(on, runner));
    describe('goes by several channels:', () => itEscalates(on, runner));
    describe('plans again for recipients:', () => itReplans(on, runner));
    describe('keeps', () => itKeeps(on, runner));
    describe('shares state, and', () => itSharesState(() => [on().store.state, on().store.state], runner));
    describe('prunes', () => itPrunes(on, runner));
    describe('has a mailbox, which', () => itHasAMailbox(on, runner));
  });
}
