import { type RedisConnection } from '../../src/storage/redis/connection.js';
import { RedisStore } from '../../src/storage/redis/redis-store.js';
import { COMMIT } from '../../src/storage/redis/scripts.js';
import { StoreFailedError } from '../../src/model/errors.js';
import { MAX_PENDING, type StoreUnderTest, T0 } from '../../src/storage/store-bench.conformance.js';
import { type RedisServer } from './redis-server.js';

/** A store with a prefix of its own, not opened yet. */
export function newRedisStore(server: RedisServer, prefix: string): RedisStore {
  return new RedisStore({ url: server.url, prefix, maxPending: MAX_PENDING });
}

/** A store of one instance. A crash leaves its process without a word: the next one has the same name. */
export async function redisUnderTest(server: RedisServer): Promise<StoreUnderTest> {
  return instanceUnderTest(server, server.newPrefix(), 'the only one');
}

/** Two instances that share one. */
export async function sharedRedisUnderTest(server: RedisServer): Promise<StoreUnderTest & { readonly other: StoreUnderTest }> {
  const prefix = server.newPrefix();
  return { ...(await instanceUnderTest(server, prefix, 'a')), other: await instanceUnderTest(server, prefix, 'b') };
}

async function instanceUnderTest(server: RedisServer, prefix: string, name: string): Promise<StoreUnderTest> {
  const opened: RedisStore[] = [];
  const open = async (now: number): Promise<RedisStore> => {
    const store = newRedisStore(server, prefix);
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
    failAfter: () => failNext(store),
    discard: async () => {
      for (const one of opened) await one.close();
    },
  };
}

/** Has the next transaction of a store fail when it is written. Returns how to stop; that says whether it failed. */
function failNext(store: RedisStore): () => boolean {
  const { connection } = store as unknown as { readonly connection: RedisConnection };
  const original = connection.eval.bind(connection);
  let failed = false;
  const stop = (): boolean => {
    Reflect.deleteProperty(connection, 'eval');
    return failed;
  };
  connection.eval = (what, script, ...rest) => {
    if (script !== COMMIT) return original(what, script, ...rest);
    failed = true;
    stop();
    return Promise.reject(new StoreFailedError(what));
  };
  return stop;
}
