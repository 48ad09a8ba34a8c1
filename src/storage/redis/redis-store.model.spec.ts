import { beforeAll, describe, it } from '@jest/globals';
import fc from 'fast-check';
import { RedisServer } from '../../../test/support/redis-server.js';
import { sharedRedisUnderTest } from '../../../test/support/redis-under-test.js';
import { timeLimitMs } from '../../../test/support/time-limit.js';
import { sharedMemoryUnderTest } from '../memory/memory-under-test.conformance.js';
import { sharedStoreCommands } from '../store-commands.conformance.js';
import { StoreWorld } from '../store-world.conformance.js';

/** `STORE_MODEL_RUNS=500 npm run test:only -- redis-store.model` looks longer. A failure prints its seed, its path and its steps. */
const RUNS = Number(process.env['STORE_MODEL_RUNS'] ?? 5);
const MAX_COMMANDS = 25;
/** With room: a run takes some seconds, and some tens of seconds on a machine that is busy. */
const MINUTES_PER_RUN = 2;

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});

describe('whatever happens to a store on Redis', () => {
  it(
    'G1 G2 G7 two instances that share it do what two do that share one in memory: nothing is lost, nothing is in two places, counts add up',
    async () => {
      const opens = [() => sharedRedisUnderTest(server), sharedMemoryUnderTest];
      const run = fc.asyncProperty(
        fc.commands(sharedStoreCommands, { maxCommands: MAX_COMMANDS, size: 'max' }),
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
