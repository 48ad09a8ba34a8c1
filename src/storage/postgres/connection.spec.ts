import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hostPool } from '../../../test/support/host-pool.js';
import { PostgresServer } from '../../../test/support/postgres-server.js';
import { TcpProxy } from '../../../test/support/tcp-proxy.js';
import { StoreFailedError } from '../../model/errors.js';
import { PostgresConnection } from './connection.js';
import { type PostgresOptions } from './postgres-options.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

const connections: PostgresConnection[] = [];
async function connect(options: PostgresOptions = {}): Promise<PostgresConnection> {
  const connection = new PostgresConnection({ url: server.url, schema, ...options });
  connections.push(connection);
  await connection.open();
  return connection;
}

let schema: string;
beforeEach(async () => {
  schema = server.newSchema();
  await server.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.item (id bigint PRIMARY KEY, n bigint NOT NULL)`);
});
afterEach(async () => {
  for (const connection of connections.splice(0)) await connection.close();
});

const items = async (): Promise<readonly unknown[]> => server.query(`SELECT id::int, n::int FROM ${schema}.item ORDER BY id`);
const FAST = { connectMs: 500, lockMs: 100, statementMs: 1_000, repeatMs: 1_500 };

describe('a transaction on PostgreSQL', () => {
  it('is committed when it resolves, and reads 64-bit integers as numbers', async () => {
    const connection = await connect();
    const read = await connection.transaction('write', async (tx) => {
      tx.send('INSERT INTO item VALUES ($1, $2)', [1, 2 ** 52]);
      expect(await tx.run('INSERT INTO item VALUES (2, 5), (3, 6)')).toBe(2);
      return tx.query('SELECT n, ARRAY[n, n] AS both, ARRAY[]::bigint[] AS none FROM item ORDER BY id LIMIT 1');
    });
    expect(read).toEqual([{ n: 2 ** 52, both: [2 ** 52, 2 ** 52], none: [] }]);
    expect(await connection.read('read', (tx) => tx.query('SELECT count(*) AS count FROM item'))).toEqual([{ count: 3 }]);
  });

  it('is rolled back by what its work throws, which is thrown', async () => {
    const connection = await connect();
    const failing = connection.transaction('write', async (tx) => {
      await tx.run('INSERT INTO item VALUES (1, 1)');
      throw new RangeError('of the caller');
    });
    await expect(failing).rejects.toThrow(new RangeError('of the caller'));
    expect(await items()).toEqual([]);
  });

  it('fails when a statement failed that nobody waited for, and keeps nothing', async () => {
    const connection = await connect();
    const failing = connection.transaction('write', async (tx) => {
      tx.send('INSERT INTO item VALUES (1, 1)');
      tx.send('INSERT INTO item VALUES (1, 1)');
      return Promise.resolve();
    });
    await expect(failing).rejects.toThrow('the store could not write; nothing was stored');
    await expect(failing).rejects.toBeInstanceOf(StoreFailedError);
    const swallowing = connection.transaction('write', async (tx) => {
      await tx.run('INSERT INTO item VALUES (2, 1), (2, 1)').catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow('rolled back');
    expect(await items()).toEqual([]);
  });

  it('leaves nothing behind on its connection', async () => {
    const connection = await connect({ poolSize: 1 });
    const settings = (tx: { query<Row>(text: string): Promise<readonly Row[]> }): Promise<readonly unknown[]> =>
      tx.query(`SELECT current_setting('search_path') AS path, current_setting('lock_timeout') AS lock`);
    const inside = await connection.transaction('look', settings);
    expect(inside).toEqual([{ path: `${schema}, pg_temp`, lock: '2s' }]);
    const pool = hostPool({ connectionString: server.url, max: 1 });
    const shared = await connect({ pool });
    await shared.transaction('look', settings);
    expect(
      (await pool.query(`SELECT current_setting('search_path') AS path, current_setting('lock_timeout') AS lock`)).rows,
    ).toEqual(await server.query(`SELECT current_setting('search_path') AS path, current_setting('lock_timeout') AS lock`));
    await shared.close();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('quotes the name of its schema', async () => {
    schema = 'my "own" schema; --';
    await server.query(`CREATE SCHEMA "my ""own"" schema; --"; CREATE TABLE "my ""own"" schema; --".item (id bigint)`);
    const connection = await connect();
    expect(await connection.transaction('write', (tx) => tx.run('INSERT INTO item VALUES (1)'))).toBe(1);
    for (const name of ['', 'pg_own', 'x'.repeat(64), 'a\0b']) {
      expect(() => new PostgresConnection({ url: server.url, schema: name })).toThrow(/schema: got .*63 bytes/);
    }
  });

  it('is repeated after a deadlock', async () => {
    const connection = await connect();
    await server.query(`INSERT INTO ${schema}.item VALUES (1, 0), (2, 0)`);
    const met = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()] as const;
    const runs = [0, 0];
    const add = (me: 0 | 1): Promise<void> =>
      connection.transaction('add', async (tx) => {
        runs[me] = (runs[me] ?? 0) + 1;
        await tx.run('UPDATE item SET n = n + 1 WHERE id = $1', [1 + me]);
        met[me].resolve(undefined);
        await met[1 - me]?.promise;
        await tx.run('UPDATE item SET n = n + 1 WHERE id = $1', [2 - me]);
      });
    await Promise.all([add(0), add(1)]);
    expect(await items()).toEqual([
      { id: 1, n: 2 },
      { id: 2, n: 2 },
    ]);
    expect(runs.toSorted()).toEqual([1, 2]);
  });

  it('ends within a bounded time when a lock is held for ever', async () => {
    await server.query(`INSERT INTO ${schema}.item VALUES (1, 0)`);
    const [holder, waiting] = [await connect(), await connect({ limits: FAST })];
    const [held, over] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const holding = holder.transaction('hold', async (tx) => {
      await tx.run('UPDATE item SET n = 1');
      held.resolve(undefined);
      await over.promise;
    });
    await held.promise;
    await expect(waiting.transaction('wait', (tx) => tx.run('UPDATE item SET n = 2'))).rejects.toThrow(
      'the store could not wait',
    );
    over.resolve(undefined);
    await holding;
  });

  it('ends a statement that takes too long', async () => {
    const connection = await connect({ limits: FAST });
    await expect(connection.transaction('sleep', (tx) => tx.query('SELECT pg_sleep(600)'))).rejects.toBeInstanceOf(
      StoreFailedError,
    );
    expect(await connection.read('read', (tx) => tx.query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
  });

  it('reads one state when it is to be consistent', async () => {
    const connection = await connect();
    const counts = await connection.read(
      'count',
      async (tx) => {
        const first = await tx.query('SELECT count(*) AS count FROM item');
        await server.query(`INSERT INTO ${schema}.item VALUES (1, 0)`);
        return [first, await tx.query('SELECT count(*) AS count FROM item')];
      },
      { consistent: true },
    );
    expect(counts).toEqual([[{ count: 0 }], [{ count: 0 }]]);
  });
});

describe('a server that cannot be reached', () => {
  it('is unavailable (503) after a bounded wait, also over a pool of the host that waits for ever', async () => {
    const proxy = await TcpProxy.start(server.port, { blackHole: true });
    const url = `postgres://digest@127.0.0.1:${proxy.port}/postgres`;
    const pool = hostPool({ connectionString: url });
    for (const connection of [await connect({ url, limits: FAST }), await connect({ pool, limits: FAST })]) {
      const failing = connection.read('read', (tx) => tx.query('SELECT 1'));
      await expect(failing).rejects.toMatchObject({ code: 'store_failed', status: 503 });
    }
    await proxy.stop();
    await pool.end();
  });

  it('is waited for while it starts again, and nothing of a crash is lost or done twice', async () => {
    const own = await PostgresServer.start();
    await own.query('CREATE TABLE item (id bigint PRIMARY KEY, n bigint NOT NULL); INSERT INTO item VALUES (1, 0)');
    const connection = await connect({ url: own.url, schema: 'public', limits: { repeatMs: 60_000 } });
    const add = (): Promise<number> => connection.transaction('add', (tx) => tx.run('UPDATE item SET n = n + 1'));
    await add();
    await own.crash();
    const adding = add();
    await own.restart();
    expect(await adding).toBe(1);
    expect(await own.query('SELECT n::int FROM item')).toEqual([{ n: 2 }]);
  });
});

describe('a connection that breaks', () => {
  it.each([
    { when: 'before the server gets COMMIT', from: 'client', text: 'COMMIT', runs: 2 },
    { when: 'before the answer to COMMIT', from: 'server', text: 'COMMIT\0', runs: 1 },
  ])('$when: the transaction is looked up, and done once', async ({ from, text, runs }) => {
    const proxy = await TcpProxy.start(server.port);
    const connection = await connect({ url: `postgres://digest@127.0.0.1:${proxy.port}/postgres` });
    let cuts = 0;
    proxy.faults = {
      rewrite: (passing, side) => {
        if (cuts > 0 || side !== from || !passing.includes(text)) return passing;
        cuts += 1;
        setImmediate(() => proxy.cutAll());
        return '';
      },
    };
    let ran = 0;
    const added = await connection.transaction('add', (tx) => {
      ran += 1;
      return tx.run('INSERT INTO item VALUES (1, 0)');
    });
    expect([added, cuts, ran]).toEqual([1, 1, runs]);
    expect(await items()).toEqual([{ id: 1, n: 0 }]);
  });

  it('after COMMIT, with a server that crashed since: nobody can say, and the error says so', async () => {
    const own = await PostgresServer.start();
    await own.query('CREATE TABLE item (id bigint PRIMARY KEY, n bigint NOT NULL)');
    const proxy = await TcpProxy.start(own.port);
    const url = `postgres://digest@127.0.0.1:${proxy.port}/postgres`;
    const connection = await connect({ url, schema: 'public', limits: { repeatMs: 60_000 } });
    const cut = Promise.withResolvers<undefined>();
    let cuts = 0;
    proxy.faults = {
      rewrite: (passing, side) => {
        if (cuts > 0 || side === 'client' || !passing.includes('COMMIT\0')) return passing;
        cuts += 1;
        void own.crash().then(() => {
          proxy.cutAll();
          cut.resolve(undefined);
        });
        return '';
      },
    };
    const adding = connection.transaction('add', (tx) => tx.run('INSERT INTO item VALUES (1, 0)'));
    const outcome = adding.then(
      () => 'done',
      (error: unknown) => String(error),
    );
    await cut.promise;
    await own.restart();
    expect(await outcome).toMatch(/the connection to the store broke while it was to add, and it is not known whether it did/);
  });
});
