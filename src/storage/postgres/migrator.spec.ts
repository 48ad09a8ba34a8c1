import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { PostgresServer } from '../../../test/support/postgres-server.js';
import { StoreNotMigratedError, StoreVersionError } from '../../model/errors.js';
import { PostgresConnection } from './connection.js';
import { MIGRATIONS } from './migrations.js';
import { Migrator } from './migrator.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

let connection: PostgresConnection;
let schema: string;
beforeEach(async () => {
  schema = server.newSchema();
  connection = new PostgresConnection({ url: server.url, schema });
  await connection.open();
});
afterEach(() => connection.close());

const NEWER = {
  version: 1_000,
  name: 'of a newer release',
  sql: 'ALTER TABLE setting ADD COLUMN note text; CREATE TABLE later (id int)',
};
const versions = MIGRATIONS.map(({ version }) => version);
const tables = async (): Promise<readonly unknown[]> =>
  server.query(
    `SELECT table_name::text AS name, column_name::text AS column, data_type::text AS type
     FROM information_schema.columns WHERE table_schema = $1 AND table_name <> 'migration' ORDER BY 1, 2`,
    [schema],
  );

it('versions count from 1 without a hole', () => {
  expect(versions).toEqual(versions.map((_, index) => index + 1));
});

it('makes the schema and every table, once, however many do it at once', async () => {
  const applied = await Promise.all([1, 2, 3].map(() => new Migrator(connection).apply()));
  expect(applied.map(({ length }) => length).toSorted((a, b) => a - b)).toEqual([0, 0, MIGRATIONS.length]);
  const status = await new Migrator(connection).status();
  expect(status.pending).toEqual([]);
  expect(status.applied.map(({ version, isNewer }) => [version, isNewer])).toEqual(versions.map((version) => [version, false]));
  expect(Math.abs((status.applied[0]?.appliedAt.getTime() ?? 0) - Date.now())).toBeLessThan(600_000);
});

it('names what is pending, and how to apply it', async () => {
  const checking = new Migrator(connection).check();
  await expect(checking).rejects.toBeInstanceOf(StoreNotMigratedError);
  await expect(checking).rejects.toThrow(
    /127\.0\.0\.1:\d+\/postgres, schema "digest_\d+" lacks the migrations 1 shared.*npx nestjs-digest migrate/,
  );
  await new Migrator(connection).apply();
  await new Migrator(connection).check();
});

it('a step that fails leaves nothing of it, nor of those before it', async () => {
  const failing = new Migrator(connection, [
    ...MIGRATIONS,
    { version: 1_000, name: 'broken', sql: 'CREATE TABLE broken (id nothing)' },
  ]);
  await expect(failing.apply()).rejects.toThrow('the store could not apply the migrations');
  expect(await tables()).toEqual([]);
});

it('this release goes on working with what a newer one added, and shows it', async () => {
  await new Migrator(connection, [...MIGRATIONS, NEWER]).apply();
  await new Migrator(connection).check();
  expect(await new Migrator(connection).apply()).toEqual([]);
  const { applied } = await new Migrator(connection).status();
  expect(applied.at(-1)).toMatchObject({ version: 1_000, name: 'of a newer release', isNewer: true });
});

it('refuses a schema that a newer release made unfit for this one', async () => {
  await new Migrator(connection, [...MIGRATIONS, { ...NEWER, runsFrom: 1_000 }]).apply();
  await expect(new Migrator(connection).check()).rejects.toBeInstanceOf(StoreVersionError);
  await expect(new Migrator(connection).apply()).rejects.toThrow(/has version 1000 and this release knows up to/);
});

it('its script makes the same tables, and the rest of them on a schema that has some', async () => {
  await new Migrator(connection).apply();
  const made = await tables();
  await server.query(`DROP SCHEMA ${schema} CASCADE`);
  await server.query(new Migrator(connection).sql());
  expect(await tables()).toEqual(made);
  await new Migrator(connection).check();
  const newer = new Migrator(connection, [...MIGRATIONS, NEWER]);
  await server.query(newer.sql(versions.length));
  await newer.check();
});

it('works for a role that may not make schemas, in one that was made for it', async () => {
  await server.query(`CREATE ROLE ${schema} LOGIN; CREATE SCHEMA ${schema} AUTHORIZATION ${schema}`);
  const own = new PostgresConnection({ url: server.url.replace('//digest@', `//${schema}@`), schema });
  await own.open();
  expect(await new Migrator(own).apply()).toHaveLength(MIGRATIONS.length);
  await own.close();
});
