import { beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { PostgresServer } from '../../../test/support/postgres-server.js';
import { newPostgresStore } from '../../../test/support/postgres-under-test.js';
import { endAfterTest } from '../../../test/support/resources.js';
import { type NotificationInTransaction } from '../../model/delivery.js';
import { type Acceptance } from '../notification-store.js';
import { direct, T0 } from '../store-bench.conformance.js';
import { fromPg } from './executors.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

const BYTES = [Uint8Array.from({ length: 5_000 }, (_, at) => at & 0xff), Uint8Array.from([0, 255])];

/** A notification to two addresses, with attachments. */
function attached(idempotencyKey: string): Acceptance {
  const attachments = BYTES.map(({ length }, number) => ({ filename: `${number}`, size: length, sha256: String(number) }));
  return {
    ...direct('files', { email: { attachments }, idempotencyKey }),
    addresses: ['ann@x', 'bob@x'],
    attachments: BYTES,
  };
}

it('attachments are written in the transaction of the application: once for all addresses, and not when it is rolled back or repeats a key', async () => {
  const schema = server.newSchema();
  const store = newPostgresStore(server, schema);
  await store.open(T0);
  endAfterTest('the store', () => store.close());
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  endAfterTest('a client of the application', () => client.end());
  const accept = async (
    end: 'COMMIT' | 'ROLLBACK',
    ...keys: readonly string[]
  ): Promise<readonly NotificationInTransaction[]> => {
    await client.query('BEGIN');
    const answers: NotificationInTransaction[] = [];
    for (const key of keys) answers.push(await store.acceptIn(fromPg(client), attached(key), T0));
    await client.query(end);
    return answers;
  };
  const read = async (answer: NotificationInTransaction | undefined): Promise<number[][][]> => {
    const deliveries = answer?.deliveries ?? [];
    const all = await Promise.all(deliveries.map(({ id }) => store.attachments(id)));
    return all.map((attachments) => attachments.map((bytes) => [...bytes]));
  };
  const [gone] = await accept('ROLLBACK', 'gone');
  const [kept, repeat] = await accept('COMMIT', 'kept', 'kept');
  await store.advance(T0, 100);
  const bytes = BYTES.map((one) => [...one]);
  expect(await read(kept)).toEqual([bytes, bytes]);
  for (const answer of [gone, repeat]) expect(await read(answer)).toEqual([[], []]);
  const { rows } = await client.query(`SELECT count(*)::integer FROM ${schema}.attachment`);
  expect(rows).toEqual([{ count: 2 }]);
});
