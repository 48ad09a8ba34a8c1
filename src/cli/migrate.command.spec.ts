import { beforeAll, expect, it } from '@jest/globals';
import { PostgresServer } from '../../test/support/postgres-server.js';
import { MIGRATIONS } from '../storage/postgres/migrations.js';
import { type CommandResult, runCommand } from '../../test/support/run-command.js';
import { declareMigrate } from './migrate.command.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

const run = (args: string, variables: Readonly<Record<string, string>> = {}): Promise<CommandResult> =>
  runCommand([declareMigrate], args.split(' ').filter(Boolean), { variables });

const names = MIGRATIONS.map(({ version, name }) => `${version} ${name}`);

it('applies what is pending, tells what it did, and lists it', async () => {
  const STORE_URL = `${server.url}?schema=${server.newSchema()}`;
  const pending = await run('migrate --status', { STORE_URL, NODE_ENV: 'production' });
  expect(pending.code).toBe(1);
  expect(pending.out).toContain(names.map((name) => `  ${name}: pending\n`).join(''));
  expect(await run('migrate', { STORE_URL })).toEqual({
    code: 0,
    out: names.map((name) => `applied ${name}\n`).join(''),
    error: '',
  });
  expect((await run('migrate', { STORE_URL })).out).toMatch(
    /^nothing to do: 127\.0\.0\.1:\d+\/postgres, schema "digest_\d+" has every migration\n$/,
  );
  const status = await run('migrate --status', { STORE_URL });
  expect(status.code).toBe(0);
  expect(status.out).toMatch(/^127.*\n {2}1 shared: applied 20\d\d-.*Z\n/);
});

it('prints a script that makes the tables, for the schema that is named, without asking a server', async () => {
  const schema = server.newSchema();
  const { code, out } = await run(`migrate --sql --schema ${schema}`);
  expect(code).toBe(0);
  await server.query(out);
  expect((await run(`migrate --status --url ${server.url} --schema ${schema}`)).code).toBe(0);
  expect((await run(`migrate --sql --from ${MIGRATIONS.length}`)).out).not.toContain('CREATE INDEX');
});

it.each([
  ['', 0, 'out', 'Usage: nestjs-digest [options] [command]'],
  ['help', 0, 'out', /migrate \[options\] +applies, lists or prints/],
  ['migrate --help', 0, 'out', '--status'],
  ['--version', 0, 'out', /^\d+\.\d+\.\d+\n$/],
  ['migrat', 2, 'error', "error: unknown command 'migrat'\n(Did you mean migrate?)"],
  ['migrate --statuss', 2, 'error', "error: unknown option '--statuss'\n(Did you mean --status?)"],
  ['migrate up', 2, 'error', 'error: too many arguments for'],
  ['migrate --status --sql', 2, 'error', 'either --status or --sql'],
  ['migrate --from 1', 2, 'error', '--from goes with --sql'],
  ['migrate --sql --from x', 2, 'error', '--from: got x'],
  ['migrate', 2, 'error', 'where are the tables? Set STORE_URL'],
  ['migrate --url redis://cache', 0, 'out', 'nothing to do: only PostgreSQL has migrations'],
  ['migrate --url sqlite:x.db', 0, 'out', 'nothing to do: only PostgreSQL has migrations; the embedded store'],
] as const)('%s ends with %d and says so', async (args, code, where, text) => {
  const said = await run(args);
  expect(said.code).toBe(code);
  if (typeof text === 'string') expect(said[where]).toContain(text);
  else expect(said[where]).toMatch(text);
});

it('says what the server said, and no password', async () => {
  const url = server.url.replace('digest@', 'nobody:hunter2@');
  const { code, error } = await run(`migrate --url ${url}`);
  expect(code).toBe(1);
  expect(error).toMatch(/the store could not apply the migrations; nothing was stored\n {2}role "nobody" does not exist/);
  expect(error).not.toContain('hunter2');
});
