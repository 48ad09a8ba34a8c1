import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { PostgresServer } from '../../../test/support/postgres-server.js';
import { newPostgresStore } from '../../../test/support/postgres-under-test.js';
import { deliveriesOf, direct, many, T0 } from '../store-bench.conformance.js';
import { type PostgresConnection } from './connection.js';
import { hashOf } from './hash.js';
import { freePartition, PARTITION_IDS } from './partitions.js';
import { type PostgresStore } from './postgres-store.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

let schema: string;
let store: PostgresStore;
beforeEach(async () => {
  schema = server.newSchema();
  store = newPostgresStore(server, schema);
  await store.open(T0);
});
afterEach(() => store.close());

const goTo = (id: number): Promise<unknown> => server.query(`SELECT setval('${schema}.id_block', ${id})`);
const partitions = async (): Promise<readonly unknown[]> => {
  const rows = await server.query(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = '${schema}.delivery'::regclass ORDER BY c.oid`,
  );
  return rows.map(({ name }) => name);
};
const accept = async (title: string): Promise<string> => {
  const { results } = await store.accept([direct(title)], T0);
  return deliveriesOf(results[0])[0]!.id;
};

it('makes the next partition before the ids of the last one are given, and deletes one that is empty', async () => {
  const first = await accept('first');
  expect(await partitions()).toEqual(['delivery_0']);
  await goTo(PARTITION_IDS * 0.75);
  await accept('soon the last');
  await accept('makes room');
  expect(await partitions()).toEqual(['delivery_0', 'delivery_1']);
  await goTo(PARTITION_IDS - 32);
  const second = await accept('in the next one');
  expect(await server.query(`SELECT count(*)::int AS count FROM ${schema}.delivery_1`)).toEqual([{ count: 1 }]);
  expect((await store.find(first))?.title).toBe('first');
  await goTo(PARTITION_IDS * 2.25);
  await store.close();
  await store.open(T0);
  await accept('opened later');
  const request = { finishedBefore: T0 + 1, keysBefore: 0, historyBefore: 0, limit: 100 };
  expect(await store.prune(request)).toMatchObject({ deliveries: 0, more: false });
  const { token, messages } = await store.claim({ channel: 'email', lane: 'normal', limit: 9, leaseMs: 1_000, now: T0 });
  const sent = messages.filter(({ entries }) => ['first', 'soon the last', 'makes room'].includes(entries[0]!.content.title));
  await store.settle(
    sent.map(({ messageId }) => ({ messageId, token, outcome: 'delivered' })),
    T0,
  );
  expect(await store.prune(request)).toEqual({ deliveries: 3, messages: 3, more: true });
  expect(await store.prune(request)).toEqual({ deliveries: 0, messages: 0, more: false });
  expect(await partitions()).toEqual(['delivery_1', 'delivery_2']);
  expect(await store.find(first)).toBeUndefined();
  expect(await store.find(second)).toBeDefined();
});

/** 8 000 characters. */
const incompressible = (seed: string): string => Array.from({ length: 250 }, (_, index) => hashOf(`${index} ${seed}`)).join('');

it('gives the space of deleted deliveries back though a few are left among them, which stay as they are', async () => {
  const bytes = async (): Promise<number> => {
    const [row] = await server.query(`SELECT pg_total_relation_size('${schema}.delivery_0')::int AS bytes`);
    return Number(row?.['bytes']);
  };
  await store.accept(
    many(90).map((title) => direct(title, { body: incompressible(title) })),
    T0,
  );
  const left = await accept('left');
  const full = await bytes();
  await goTo(PARTITION_IDS * 2.25);
  const { token, messages } = await store.claim({ channel: 'email', lane: 'normal', limit: 90, leaseMs: 1_000, now: T0 });
  await store.settle(
    messages.map(({ messageId }) => ({ messageId, token, outcome: 'delivered' })),
    T0,
  );
  const request = { finishedBefore: T0 + 1, keysBefore: 0, historyBefore: 0, limit: 10_000 };
  expect(await store.prune(request)).toMatchObject({ deliveries: 90, more: false });
  const { connection } = (store as unknown as { readonly shared: { readonly connection: PostgresConnection } }).shared;
  const free = (worthBytes: number): Promise<boolean> =>
    connection.transaction('free the space of a partition', (queries) => freePartition(queries, worthBytes));
  expect(await free(full)).toBe(false);
  expect(await free(full / 2)).toBe(true);
  expect(await bytes()).toBeLessThan(full / 4);
  expect(await store.find(left)).toMatchObject({ title: 'left', state: 'queued' });
  expect((await store.claim({ channel: 'email', lane: 'normal', limit: 9, leaseMs: 1_000, now: T0 })).messages).toHaveLength(1);
  expect(await free(full / 2)).toBe(false);
});
