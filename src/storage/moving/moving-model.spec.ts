import { beforeAll, describe, it } from '@jest/globals';
import fc from 'fast-check';
import { PostgresServer } from '../../../test/support/postgres-server.js';
import { postgresUnderTest } from '../../../test/support/postgres-under-test.js';
import { sqliteUnderTest } from '../../../test/support/sqlite-under-test.js';
import { timeLimitMs } from '../../../test/support/time-limit.js';
import { memoryUnderTest } from '../memory/memory-under-test.conformance.js';
import { movingUnderTest } from '../moving.conformance.js';
import { reopened, sharedStoreCommands, storeCommands } from '../store-commands.conformance.js';
import { type OpenModelled, StoreWorld } from '../store-world.conformance.js';

/** `STORE_MODEL_RUNS=500 npm run test:only -- moving-model` looks longer. A failure prints its seed, its path and its steps. */
const RUNS = Number(process.env['STORE_MODEL_RUNS'] ?? 4);
const MAX_COMMANDS = 40;
/** How often a move stands among the commands to choose from: some four of a schedule are one. */
const MOVES = 6;
/** With room: a run takes some seconds, and some tens of seconds on a machine that is busy. */
const MINUTES_PER_RUN = 2;

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

describe('whatever happens to a store that is moved on the way', () => {
  it.each<[name: string, opens: () => readonly OpenModelled[], commands: typeof storeCommands]>([
    [
      'from SQLite into memory and back it does what a store does that is not moved',
      () => [() => movingUnderTest([sqliteUnderTest, memoryUnderTest]), memoryUnderTest],
      storeCommands,
    ],
    [
      'from SQLite to PostgreSQL, into memory, and from there to PostgreSQL and back it keeps what it promises',
      () => {
        const postgres = () => postgresUnderTest(server);
        return [() => movingUnderTest([sqliteUnderTest, postgres, memoryUnderTest, postgres])];
      },
      sharedStoreCommands,
    ],
  ])(
    'G1 G2 G7 %s',
    async (_, opens, commands) => {
      const oftenMoved = [...commands, ...Array<typeof reopened>(MOVES).fill(reopened)];
      const run = fc.asyncProperty(fc.commands(oftenMoved, { maxCommands: MAX_COMMANDS, size: 'max' }), async (schedule) => {
        const world = await StoreWorld.open(opens());
        try {
          await fc.asyncModelRun(() => ({ model: {}, real: world }), schedule);
          await world.drain();
        } finally {
          await world.discard();
        }
      });
      await fc.assert(run, { numRuns: RUNS });
    },
    timeLimitMs(5 + RUNS * MINUTES_PER_RUN),
  );
});
