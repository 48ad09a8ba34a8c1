import { type PostgresConnection } from '../../src/storage/postgres/connection.js';
import { PostgresStore } from '../../src/storage/postgres/postgres-store.js';
import { type Queries } from '../../src/storage/postgres/transaction.js';
import { MAX_PENDING, type StoreUnderTest, T0 } from '../../src/storage/store-bench.conformance.js';
import { type PostgresServer } from './postgres-server.js';

/** A store in its own schema, not opened yet. It never wakes others: they find what there is by looking. */
export function newPostgresStore(server: PostgresServer, schema: string): PostgresStore {
  return new PostgresStore({ url: server.url, schema, maxPending: MAX_PENDING, waking: 'poll', poolSize: 3 });
}

/** A store of one instance. A crash leaves its process without a word: the next one has the same name. */
export async function postgresUnderTest(server: PostgresServer): Promise<StoreUnderTest> {
  const schema = server.newSchema();
  const one = await instanceUnderTest(server, schema, 'the only one');
  return {
    ...one,
    discard: async () => {
      await one.discard();
      await server.query(`DROP SCHEMA ${schema} CASCADE`);
    },
  };
}

/** Two instances that share one. */
export async function sharedPostgresUnderTest(
  server: PostgresServer,
): Promise<StoreUnderTest & { readonly other: StoreUnderTest }> {
  const schema = server.newSchema();
  let left = 2;
  const open = async (name: string): Promise<StoreUnderTest> => {
    const one = await instanceUnderTest(server, schema, name);
    return {
      ...one,
      discard: async () => {
        await one.discard();
        left -= 1;
        if (left === 0) await server.query(`DROP SCHEMA ${schema} CASCADE`);
      },
    };
  };
  return { ...(await open('a')), other: await open('b') };
}

async function instanceUnderTest(server: PostgresServer, schema: string, name: string): Promise<StoreUnderTest> {
  const opened: PostgresStore[] = [];
  const open = async (now: number): Promise<PostgresStore> => {
    const store = newPostgresStore(server, schema);
    opened.push(store);
    await store.open(now, { name, version: '1', channels: ['email'] });
    return store;
  };
  let store = await open(T0);
  return {
    store,
    reopen: async (how, now) => {
      if (how === 'restart') await store.close();
      return (store = await open(now));
    },
    failAfter: (statements) => failNext(store, statements),
    discard: async () => {
      for (const one of opened) await one.close();
    },
  };
}

/** Has the next transaction of a store fail at a statement, or at its end when it has fewer. Returns how to stop; that says whether it failed. */
function failNext(store: PostgresStore, statements: number): () => boolean {
  const { connection } = (store as unknown as { readonly shared: { readonly connection: PostgresConnection } }).shared;
  const original = connection.transaction.bind(connection);
  let left = statements;
  let failed = false;
  const stop = (): boolean => {
    Reflect.deleteProperty(connection, 'transaction');
    return failed;
  };
  const fail = (): never => {
    failed = true;
    stop();
    throw new Error('the disk is full');
  };
  connection.transaction = (what, work, options) =>
    original(
      what,
      async (queries) => {
        const look = (): void => {
          if (left-- === 0) fail();
        };
        const failing: Queries = {
          query: (text, values) => {
            look();
            return queries.query(text, values);
          },
          run: (text, values) => {
            look();
            return queries.run(text, values);
          },
          send: (text, values) => {
            look();
            queries.send(text, values);
          },
        };
        const result = await work(failing);
        return left >= 0 ? fail() : result;
      },
      options,
    );
  return stop;
}
