import { beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { PostgresServer } from '../../../test/support/postgres-server.js';
import { newPostgresStore } from '../../../test/support/postgres-under-test.js';
import { endAfterTest } from '../../../test/support/resources.js';
import { T0 } from '../store-bench.conformance.js';
import { type PostgresConnection } from './connection.js';
import { longTransaction } from './long-transaction.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

it('names the transaction that keeps deleted rows, once it is old', async () => {
  const store = newPostgresStore(server, server.newSchema());
  await store.open(T0);
  endAfterTest('the store', () => store.close());
  const { connection } = (store as unknown as { readonly shared: { readonly connection: PostgresConnection } }).shared;
  const found = (ageMs: number): Promise<string | undefined> =>
    connection.read('look', (queries) => longTransaction(queries, ageMs));
  const client = new Client({ connectionString: server.url, application_name: 'the nightly report' });
  await client.connect();
  endAfterTest('the report', () => client.end());
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await client.query('SELECT 1');
  expect(await found(0)).toMatch(
    /^a transaction of "the nightly report" \(role digest, pid \d+\) has been open for \d+ s, and keeps deleted rows/,
  );
  expect(await found(3_600_000)).toBeUndefined();
  expect(await store.check()).toEqual({ ok: true, detail: 'it answers' });
  await client.query('COMMIT');
  expect(await found(0)).toBeUndefined();
});
