import { beforeAll } from '@jest/globals';
import { RedisServer } from '../../../test/support/redis-server.js';
import { newRedisStore, redisUnderTest } from '../../../test/support/redis-under-test.js';
import { SUITE_RUNNER } from '../../../test/support/suite-runner.js';
import { describeSharedStore } from '../shared-store.conformance.js';
import { describeStore } from '../store.conformance.js';
import { describeWindows } from '../windows.conformance.js';

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});

describeStore(SUITE_RUNNER, 'Redis', () => redisUnderTest(server));

describeWindows(SUITE_RUNNER, 'Redis', async () => {
  const { store, discard } = await redisUnderTest(server);
  return { store, discard };
});

describeSharedStore(SUITE_RUNNER, 'Redis', () => {
  const prefix = server.newPrefix();
  return Promise.resolve({ handle: () => newRedisStore(server, prefix), discard: () => Promise.resolve() });
});
