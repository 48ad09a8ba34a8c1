import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import pg from 'pg';
import { PostgresServer } from '../../../test/support/postgres-server.js';
import { newPostgresStore } from '../../../test/support/postgres-under-test.js';
import { endAfterTest } from '../../../test/support/resources.js';
import { TcpProxy } from '../../../test/support/tcp-proxy.js';
import { type NotificationInTransaction } from '../../model/delivery.js';
import { TransactionRequiredError } from '../../model/errors.js';
import { type Acceptance } from '../notification-store.js';
import { direct, gathered, many, T0, titles } from '../store-bench.conformance.js';
import { WholeCommands } from '../whole-commands.conformance.js';
import { fromPg } from './executors.js';
import { PostgresStore } from './postgres-store.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

let schema: string;
let store: PostgresStore;
let other: PostgresStore;
beforeEach(async () => {
  schema = server.newSchema();
  [store, other] = [newPostgresStore(server, schema), newPostgresStore(server, schema)];
  await store.open(T0);
  await other.open(T0);
});
afterEach(async () => {
  await store.close();
  await other.close();
});

/** A client of the application with an open transaction. */
async function begin(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  endAfterTest('a client of the application', () => client.end());
  await client.query('BEGIN');
  return client;
}

const acceptIn = (client: pg.Client, acceptance: Acceptance, now = T0): Promise<NotificationInTransaction> =>
  store.acceptIn(fromPg(client), acceptance, now);

/** Accepts in a transaction that is committed. */
async function committed(...acceptances: readonly Acceptance[]): Promise<readonly NotificationInTransaction[]> {
  const client = await begin();
  const answers: NotificationInTransaction[] = [];
  for (const acceptance of acceptances) answers.push(await acceptIn(client, acceptance));
  await client.query('COMMIT');
  return answers;
}

const idOf = (answer: NotificationInTransaction | undefined, index = 0): string => answer?.deliveries[index]?.id ?? '';
const counts = async (): Promise<Readonly<Record<string, number>>> => {
  const sums: Record<string, number> = {};
  for (const { state, count } of (await store.snapshot()).counts) sums[state] = (sums[state] ?? 0) + count;
  return sums;
};
const claimed = async (lane: 'normal' | 'critical' = 'normal'): Promise<readonly (readonly string[])[]> =>
  titles((await store.claim({ channel: 'email', lane, limit: 100, leaseMs: 60_000, now: T0 })).messages);

it('what is rolled back was never there; what is committed is queued from then on, with the id that was answered', async () => {
  const client = await begin();
  const gone = await acceptIn(client, direct('never'));
  await client.query('ROLLBACK');
  await client.query('BEGIN');
  const answer = await acceptIn(client, direct('one', { groupKey: 'g' }));
  expect(answer).toEqual({
    notificationId: expect.stringMatching(/^n-/),
    deliveries: [
      { id: expect.stringMatching(/^d-/), to: 'ann@example.com', channel: 'email', route: direct('x').route, duplicate: false },
    ],
  });
  expect(await counts()).toEqual({});
  expect(await store.find(idOf(answer))).toBeUndefined();
  await client.query('COMMIT');
  expect([await counts(), (await other.snapshot()).pending]).toEqual([{ queued: 1 }, 1]);
  const report = await other.advance(T0, 100);
  expect(report.relayed?.results).toMatchObject([{ notificationId: answer.notificationId, deliveries: [{ id: idOf(answer) }] }]);
  expect([await counts(), (await store.snapshot()).pending]).toEqual([{ queued: 1 }, 1]);
  expect(await store.find(idOf(answer))).toMatchObject({
    id: idOf(answer),
    title: 'one',
    state: 'queued',
    notificationId: answer.notificationId,
  });
  expect(await store.find(idOf(gone))).toBeUndefined();
  expect(await claimed()).toEqual([['one']]);
  expect((await store.advance(T0, 100)).relayed).toBeUndefined();
});

it('is found and cancelled right after the commit, before anybody relayed it', async () => {
  const [first, second] = await committed(gathered('one'), gathered('two'));
  expect(await other.find(idOf(second))).toMatchObject({ title: 'two', state: 'gathering' });
  expect(await other.cancel(idOf(first), 'cancelled', T0)).toMatchObject({ title: 'one', state: 'cancelled' });
  expect(await counts()).toEqual({ gathering: 1, cancelled: 1 });
});

it('stands in lists, and is covered by commands, right after the commit', async () => {
  await committed(direct('listed', { groupKey: 'g' }));
  expect((await other.deliveries({ address: 'ann@example.com' })).items).toMatchObject([{ title: 'listed', state: 'queued' }]);
  await committed(...many(450).map((title) => direct(title, { groupKey: 'g' })), gathered('kept'));
  const commands = new WholeCommands(other, 100);
  expect(await commands.cancelMatching({ groupKey: 'g' }, T0)).toMatchObject({ cancelled: 451 });
  expect(await commands.flush({}, T0)).toMatchObject([{ count: 1 }]);
  await committed(gathered('erased', { to: 'bob@x' }));
  expect(await commands.forget('email', 'bob@x', T0)).toMatchObject({ cancelled: 1, erased: 1 });
  expect(await counts()).toEqual({ cancelled: 452, queued: 1 });
});

it('a command waits for what another instance is relaying', async () => {
  await committed(direct('one', { groupKey: 'g' }));
  const client = await begin();
  await client.query(`SELECT FROM ${schema}.intake FOR UPDATE`);
  const cancelling = new WholeCommands(other, 100).cancelMatching({ groupKey: 'g' }, T0);
  for (let waiting: readonly unknown[] = []; waiting.length === 0;) {
    waiting = await server.query('SELECT FROM pg_locks WHERE NOT granted');
  }
  await client.query('ROLLBACK');
  expect(await cancelling).toMatchObject({ cancelled: 1 });
});

it('gathers, to several addresses, with what was accepted without a transaction', async () => {
  await store.accept([gathered('before')], T0);
  const [answer] = await committed({ ...gathered('in it'), addresses: ['ann@example.com', 'bob@example.com'] });
  await store.accept([gathered('after')], T0);
  await store.advance(T0, 100);
  const { items } = await store.windows({});
  expect(items.map(({ address, count }) => [address, count]).toSorted()).toEqual([
    ['ann@example.com', 3],
    ['bob@example.com', 1],
  ]);
  for (const index of [0, 1])
    expect(await store.find(idOf(answer, index))).toMatchObject({ id: idOf(answer, index), title: 'in it' });
});

it('relays critical ones first, however many wait', async () => {
  const rest = many(450).map((title) => direct(title));
  await committed(...rest, direct('critical one', { priority: 'critical' }));
  expect((await store.advance(T0, 100)).more).toBe(true);
  expect(await claimed('critical')).toEqual([['critical one']]);
  while ((await store.advance(T0, 100)).more);
  expect(await counts()).toEqual({ queued: 450, sending: 1 });
});

it('two instances relay each one once', async () => {
  await committed(...many(60).map((title) => direct(title)));
  const reports = await Promise.all([store.advance(T0, 100), other.advance(T0, 100)]);
  expect(reports.flatMap(({ relayed }) => relayed?.results ?? [])).toHaveLength(60);
  expect(await claimed()).toHaveLength(60);
  expect(await claimed()).toEqual([]);
});

it('G4 a key that is known answers its first delivery, and one that becomes known leads to it', async () => {
  const { results } = await store.accept([direct('one', { idempotencyKey: 'k' })], T0);
  const first = results[0] !== undefined && 'deliveries' in results[0] ? results[0].deliveries[0]?.id : undefined;
  const [repeat] = await committed(direct('one', { idempotencyKey: 'k' }));
  expect(repeat?.deliveries).toMatchObject([{ id: first, duplicate: true }]);
  const [a, b, c] = await committed(...['x', 'x', 'y'].map((key) => direct('two', { idempotencyKey: key })));
  expect(await counts()).toEqual({ queued: 4 });
  while ((await store.advance(T0, 100)).more);
  expect(await counts()).toEqual({ queued: 3 });
  expect(await store.find(idOf(b))).toEqual(await store.find(idOf(a)));
  expect((await store.find(idOf(c)))?.id).toBe(idOf(c));
  expect((await store.cancel(idOf(b), 'cancelled', T0)).id).toBe(idOf(a));
});

it('G7 a key with other content ends as dead, and the counts add up', async () => {
  await store.accept([direct('one', { idempotencyKey: 'k' })], T0);
  const [conflict] = await committed(direct('other', { idempotencyKey: 'k' }));
  expect(await counts()).toEqual({ queued: 2 });
  await store.advance(T0, 100);
  expect(await counts()).toEqual({ queued: 1, dead: 1 });
  expect(await store.find(idOf(conflict))).toMatchObject({ state: 'dead', reason: 'idempotency_conflict', title: 'other' });
  expect((await store.dead({})).items.map(({ id }) => id)).toEqual([idOf(conflict)]);
  expect((await store.snapshot()).pending).toBe(1);
});

it('transactions of the application wait for nobody, whatever group they go to and however they end', async () => {
  const [a, b] = [await begin(), await begin()];
  await acceptIn(a, gathered('of a', { idempotencyKey: 'k' }));
  await acceptIn(b, gathered('of b', { idempotencyKey: 'other' }));
  await store.accept([gathered('of the store')], T0);
  await store.advance(T0, 100);
  const waiting = await server.query('SELECT FROM pg_locks WHERE NOT granted');
  expect(waiting).toEqual([]);
  await b.query('COMMIT');
  await store.advance(T0, 100);
  await a.query('COMMIT');
  await store.advance(T0, 100);
  expect((await store.windows({})).items).toMatchObject([{ count: 3 }]);
});

it.each(['{"ids":[1],"acceptance":{}}', '{"ids":', '7'])(
  'one that cannot be accepted keeps nothing else waiting: %s',
  async (json) => {
    await committed(direct('one'), direct('broken'), direct('three'));
    await server.query(`UPDATE ${schema}.intake SET json = $1 WHERE json LIKE '%broken%'`, [json]);
    while ((await store.advance(T0, 100)).more);
    expect((await claimed()).toSorted()).toEqual([['one'], ['three']]);
    expect(await counts()).toEqual({ queued: 1, sending: 2 });
    expect((await store.check()).detail).toContain('1 accepted in transactions cannot be relayed');
  },
);

it('G1 what was committed survives a crash of the server and of the instances; what was not, is not there', async () => {
  const own = await PostgresServer.start();
  const [doomed, later] = [newPostgresStore(own, 'digest'), newPostgresStore(own, 'digest')];
  await doomed.open(T0);
  const client = new pg.Client({ connectionString: own.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN');
  const kept = await doomed.acceptIn(fromPg(client), direct('kept'), T0);
  await client.query('COMMIT');
  await client.query('BEGIN');
  const lost = await doomed.acceptIn(fromPg(client), direct('lost'), T0);
  await own.crash();
  await own.restart();
  await doomed.close().catch(() => undefined);
  await later.open(T0);
  expect(await later.find(idOf(lost))).toBeUndefined();
  expect(await later.find(idOf(kept))).toMatchObject({ title: 'kept', state: 'queued' });
  await later.close();
});

it('a connection that breaks while what is due is looked for fails nothing else', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  endAfterTest('looking for unhandled rejections', () => process.off('unhandledRejection', note));
  const proxy = await TcpProxy.start(server.port);
  const url = `postgres://digest@127.0.0.1:${proxy.port}/postgres`;
  const cut = new PostgresStore({ url, schema, maxPending: 100, waking: 'poll', poolSize: 1 });
  await cut.open(T0);
  await committed(direct('one'));
  proxy.cutBeforeAnswer();
  expect((await cut.advance(T0, 100)).relayed?.results).toHaveLength(1);
  await cut.close();
  expect(unhandled).toEqual([]);
});

it('refuses what is no transaction, and keeps nothing', async () => {
  await expect(store.acceptIn({}, direct('x'), T0)).rejects.toBeInstanceOf(TransactionRequiredError);
  expect(await counts()).toEqual({});
});
