import { beforeAll } from '@jest/globals';
import { PostgresServer } from '../../../test/support/postgres-server.js';
import { newPostgresStore, postgresUnderTest } from '../../../test/support/postgres-under-test.js';
import { SUITE_RUNNER } from '../../../test/support/suite-runner.js';
import { describeSharedStore } from '../shared-store.conformance.js';
import { describeStore } from '../store.conformance.js';
import { describeWindows } from '../windows.conformance.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

describeStore(SUITE_RUNNER, 'PostgreSQL', () => postgresUnderTest(server));

describeWindows(SUITE_RUNNER, 'PostgreSQL', async () => {
  const { store, discard } = await postgresUnderTest(server);
  return { store, discard };
});

describeSharedStore(SUITE_RUNNER, 'PostgreSQL', () => {
  const schema = server.newSchema();
  return Promise.resolve({
    handle: () => newPostgresStore(server, schema),
    discard: async () => {
      await server.query(`DROP SCHEMA ${schema} CASCADE`);
    },
  });
});
