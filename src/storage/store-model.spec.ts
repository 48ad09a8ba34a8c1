import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { timeLimitMs } from '../../test/support/time-limit.js';
import { sqliteUnderTest } from '../../test/support/sqlite-under-test.js';
import { memoryUnderTest, sharedMemoryUnderTest } from './memory/memory-under-test.conformance.js';
import { forgotten } from './store-admin-commands.conformance.js';
import { storeCommands } from './store-commands.conformance.js';
import { type OpenModelled, StoreWorld } from './store-world.conformance.js';

/** `STORE_MODEL_RUNS=5000 npm run test:only -- store-model` looks longer. A failure prints its seed, its path and its steps. */
const RUNS = Number(process.env['STORE_MODEL_RUNS'] ?? 40);
const MAX_COMMANDS = 40;
/** With room: a run takes some tenths of a second, and some seconds on a machine that is busy. */
const MINUTES_PER_RUN = 0.1;

describe('whatever happens to a store', () => {
  it.each<[name: string, opens: readonly OpenModelled[]]>([
    ['memory', [memoryUnderTest]],
    ['two instances that share one in memory', [sharedMemoryUnderTest]],
    ['SQLite, beside memory', [sqliteUnderTest, memoryUnderTest]],
  ])(
    'G1 G2 G7 nothing is lost, nothing is in two places, counts add up: %s',
    async (_, opens) => {
      const run = fc.asyncProperty(
        fc.commands([...storeCommands, forgotten], { maxCommands: MAX_COMMANDS, size: 'max' }),
        async (commands) => {
          const world = await StoreWorld.open(opens);
          try {
            await fc.asyncModelRun(() => ({ model: {}, real: world }), commands);
            await world.drain();
          } finally {
            await world.discard();
          }
        },
      );
      await fc.assert(run, { numRuns: RUNS });
    },
    timeLimitMs(5 + RUNS * MINUTES_PER_RUN),
  );
});
