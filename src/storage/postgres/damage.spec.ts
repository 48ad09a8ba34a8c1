import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { PostgresServer } from '../../../test/support/postgres-server.js';
import { newPostgresStore } from '../../../test/support/postgres-under-test.js';
import { type EndedDelivery } from '../../model/ended-delivery.js';
import { type Acceptance, type AcceptResult } from '../notification-store.js';
import { deliveriesOf, direct, gathered, many, T0, titles } from '../store-bench.conformance.js';
import { ONE_SLICE, WholeCommands } from '../whole-commands.conformance.js';
import { type PostgresStore } from './postgres-store.js';

const UNREADABLE = '(the stored content cannot be read)';
const CUT_OFF = `SET json = left(json, 10) WHERE json LIKE '%bad%'`;

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

const sql = (text: string): Promise<unknown> => server.query(`SET search_path = ${schema}; ${text}`);
const accept = async (...acceptances: readonly Acceptance[]): Promise<readonly AcceptResult[]> =>
  (await store.accept(acceptances, T0)).results;
const idOf = (result: AcceptResult | undefined, index = 0): string => deliveriesOf(result)[index]?.id ?? '';
const claim = async (now = T0, limit = 100): Promise<readonly (readonly string[])[]> =>
  titles((await store.claim({ channel: 'email', lane: 'normal', limit, now, leaseMs: 1_000 })).messages);
const commands = (): WholeCommands => new WholeCommands(store, ONE_SLICE);
const states = async (): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries((await store.snapshot()).counts.map(({ state, count }) => [state, count]));

it.each([
  ['text that was cut off', `UPDATE delivery ${CUT_OFF}`],
  ['JSON that is no object', `UPDATE delivery SET json = '7' WHERE json LIKE '%bad%'`],
  ['no text at all', `UPDATE delivery SET json = NULL WHERE json LIKE '%bad%'`],
])('G6 ends the message of an unreadable content as dead, and the others go on: %s', async (_, damage) => {
  const ended: EndedDelivery[] = [];
  store.onEnded({ wants: (state) => state === 'dead', ended: (deliveries) => void ended.push(...deliveries) });
  const results = await accept(...many(3).map((title) => direct(title)), direct('bad'), direct('last'));
  const id = idOf(results[3]);
  await sql(damage);
  expect((await claim(T0, 2)).length + (await claim()).length).toBe(4);
  expect(await store.readiness()).toEqual([]);
  expect(await store.find(id)).toMatchObject({
    state: 'dead',
    reason: 'unrenderable',
    title: UNREADABLE,
    lastError: { message: `the stored content of ${id} cannot be read` },
  });
  expect((await store.dead({})).items.map((item) => item.id)).toEqual([id]);
  expect((await store.deadLetters({}, { limit: 10 })).items).toMatchObject([{ type: 'login', reason: 'unrenderable' }]);
  expect((await store.deliveries({ address: 'ann@example.com' })).items).toHaveLength(5);
  expect(await states()).toEqual({ sending: 4, dead: 1 });
  expect(ended).toMatchObject([{ id, type: 'login', reason: 'unrenderable' }]);
  expect(await store.check()).toMatchObject({ ok: true, unreadable: 1 });
});

it('G6 a shared content that is lost, and a message without its deliveries, end as dead', async () => {
  const [shared, lonely] = await accept({ ...direct('shared'), addresses: ['ann@x', 'bob@x'] }, direct('lonely'), direct('good'));
  await sql(`DELETE FROM content; DELETE FROM delivery WHERE json LIKE '%lonely%'`);
  expect(await claim()).toEqual([['good']]);
  for (const index of [0, 1]) expect(await store.find(idOf(shared, index))).toMatchObject({ state: 'dead' });
  expect(await store.find(idOf(lonely))).toBeUndefined();
  expect(await states()).toEqual({ sending: 1, dead: 3 });
});

it('a message that is lost holds up neither claims, leases nor retries', async () => {
  await accept(direct('lost'), direct('good'));
  await sql(`DELETE FROM message WHERE id = (SELECT message FROM delivery WHERE json LIKE '%lost%')`);
  expect(await claim()).toEqual([['good']]);
  await sql(`DELETE FROM message`);
  await sql(`INSERT INTO scheduled VALUES (7, ${T0})`);
  await store.advance(T0 + 2_000, 100);
  expect(await store.nextDueAt()).toBeUndefined();
});

it('shows, searches, closes, cancels, expires and erases windows with an unreadable content', async () => {
  await accept(
    gathered('bad', { expiresAt: T0 + 5 }),
    gathered('b'),
    gathered('c', { to: 'bob@x' }),
    gathered('bad 2', { to: 'eve@x' }),
  );
  await sql(`UPDATE delivery ${CUT_OFF}`);
  expect((await store.windows({ q: 'b' })).items.map(({ count }) => count)).toEqual([2, 1]);
  expect((await store.windows({})).items[0]?.items.map(({ title }) => title)).toEqual([UNREADABLE, 'b']);
  expect(await commands().cancelMatching({ groupKey: 'unknown' }, T0)).toMatchObject({ cancelled: 0 });
  expect(await store.advance(T0 + 5, 10)).toMatchObject({ expired: 1 });
  expect(await commands().forget('email', 'eve@x', T0 + 5)).toMatchObject({ cancelled: 1, erased: 1 });
  await commands().flush({}, T0 + 5);
  expect(await claim(T0 + 5)).toEqual([['b'], ['c']]);
});

it('ends a whole digest that holds an unreadable content; a replay of it ends again', async () => {
  await accept(gathered('a'), gathered('bad'));
  await sql(`UPDATE delivery ${CUT_OFF}`);
  await commands().flush({}, T0);
  expect(await claim()).toEqual([]);
  expect((await store.dead({})).items).toHaveLength(2);
  expect(await store.check()).toMatchObject({ unreadable: 2 });
  expect(await commands().replay({}, T0)).toBe(2);
  expect(await claim()).toEqual([]);
  expect(await states()).toEqual({ dead: 2 });
});

it('passes over unreadable progress, errors and policies', async () => {
  const [first] = await accept(direct('a'), gathered('b'));
  await sql(`UPDATE message SET progress = '{', errors = '['; UPDATE policy SET json = '{'`);
  const other = newPostgresStore(server, schema);
  await other.open(T0);
  const { messages } = await other.claim({ channel: 'email', lane: 'normal', limit: 9, now: T0, leaseMs: 1_000 });
  expect(messages[0]).not.toHaveProperty('progress');
  expect(await other.find(idOf(first))).toMatchObject({ state: 'sending' });
  expect((await other.windows({})).items).toMatchObject([{ count: 1 }]);
  await other.advance(T0 + 86_400_000, 100);
  expect((await other.windows({})).items).toEqual([]);
  await other.close();
});
