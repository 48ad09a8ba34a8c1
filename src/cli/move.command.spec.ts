import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { PostgresServer } from '../../test/support/postgres-server.js';
import { type CommandResult, runCommand } from '../../test/support/run-command.js';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { direct, gathered, T0 } from '../storage/store-bench.conformance.js';
import { storeView } from '../storage/moving.conformance.js';
import { PostgresStore } from '../storage/postgres/postgres-store.js';
import { SqliteStore } from '../storage/sqlite/sqlite-store.js';
import { declareMove } from './move.command.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

const run = (args: string, showsProgress = false): Promise<CommandResult> =>
  runCommand([declareMove], args.split(' '), { showsProgress });

const sqlite = (path: string): SqliteStore => new SqliteStore({ path, maxPending: 1_000 });

it('moves a file to PostgreSQL and back into another one, shows how far it is, and says what it did', async () => {
  const [path, back] = [join(temporaryFolder(), 'a.db'), join(temporaryFolder(), 'b.db')];
  const schema = server.newSchema();
  const url = `${server.url}?schema=${schema}`;
  const store = sqlite(path);
  await store.open(T0);
  await store.accept([gathered('a'), direct('b', { idempotencyKey: 'k' })], T0);
  const before = await storeView(store);
  await store.close();
  const { code, out, error } = await run(`move --from sqlite:${path} --to ${url}`, true);
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/^moved \d+ rows from \/.*a\.db to 127\.0\.0\.1:\d+\/postgres, schema "digest_\d+"\n$/),
  ]);
  expect(error).toContain('[====================] 100 %');
  const shared = new PostgresStore({ url: server.url, schema, maxPending: 1_000, waking: 'poll' });
  await shared.open(T0);
  expect(await storeView(shared)).toEqual(before);
  await shared.close();
  const again = await run(`move --from sqlite:${path} --to ${url}`);
  expect([again.code, again.error]).toEqual([1, expect.stringMatching(/a\.db was moved to 127\.0\.0\.1.*Use that one/)]);
  expect((await run(`move --from ${url} --to sqlite:${back}`)).code).toBe(0);
  const last = sqlite(back);
  await last.open(T0);
  expect(await storeView(last)).toEqual(before);
  await last.close();
});

it.each([
  ['move --from sqlite:a.db', 2, "required option '--to <url>' not specified"],
  ['move --from sqlite:a.db --to mysql://cache', 1, 'store.url: got a value that is not shown'],
  ['move --from sqlite:a.db --to redis://cache', 2, '--to: such a store cannot be moved'],
  ['move --from sqlite:a.db --to sqlite:./a.db', 2, 'is the store that --from names'],
])('%s ends with %d and says so', async (args, code, text) => {
  const said = await run(args);
  expect(said.code).toBe(code);
  expect(said.error).toContain(text);
});
