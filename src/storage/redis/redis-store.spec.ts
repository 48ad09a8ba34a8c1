import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisServer } from '../../../test/support/redis-server.js';
import { TcpProxy } from '../../../test/support/tcp-proxy.js';
import { timeLimitMs } from '../../../test/support/time-limit.js';
import { StoreFailedError } from '../../model/errors.js';
import { deliveriesOf, direct, gathered, many, MAX_PENDING, POLICY, T0, titles } from '../store-bench.conformance.js';
import { type RedisOptions } from './redis-options.js';
import { RedisStore } from './redis-store.js';

let shared: RedisServer;
beforeAll(async () => {
  shared = await RedisServer.start();
});

const stores: RedisStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close().catch(() => undefined);
});
function newStore(server: RedisServer, options: Partial<RedisOptions> = {}): RedisStore {
  const where = options.connection === undefined && options.url === undefined ? { url: server.url } : {};
  const store = new RedisStore({ ...where, maxPending: MAX_PENDING, ...options });
  stores.push(store);
  return store;
}
const claimAll = async (store: RedisStore, now = T0) =>
  store.claim({ channel: 'email', lane: 'normal', limit: 1_000, leaseMs: 1_000, now });
const QUICK = { answerMs: 300, repeatMs: 600 };

describe('a store on Redis', () => {
  it.each(['always', 'everysec'] as const)(
    'G1 has everything that was accepted when its server is killed and starts again (appendfsync %s)',
    async (appendfsync) => {
      const server = await RedisServer.start({ appendfsync });
      const store = newStore(server);
      await store.open(T0);
      const accepted: string[] = [];
      let on = true;
      const accept = async (name: string): Promise<void> => {
        for (let round = 0; on; round++) {
          const acceptances = [
            direct(`${name} ${round}`, { idempotencyKey: `${name} ${round}` }),
            gathered(name, { groupKey: name }),
          ];
          const report = await store.accept(acceptances, T0).catch(() => undefined);
          if (report === undefined) continue;
          const kept = report.results.flatMap((result) => ('refused' in result ? [] : deliveriesOf(result)));
          accepted.push(...kept.map(({ id }) => id));
          if (report.pending > MAX_PENDING - 20) {
            const { token, messages } = await claimAll(store).catch(() => ({ token: '', messages: [] }));
            const outcome = { token, outcome: 'delivered' } as const;
            const settlements = messages.map(({ messageId }) => ({ messageId, ...outcome }));
            await store.settle(settlements, T0).catch(() => undefined);
          }
        }
      };
      const accepting = ['a', 'b', 'c'].map(accept);
      for (let crashes = 0; crashes < 2; crashes++) {
        const before = accepted.length;
        while (accepted.length < before + 60) await new Promise((resolve) => setImmediate(resolve));
        await server.crash();
        await server.restart();
      }
      on = false;
      await Promise.all(accepting);
      const found = await Promise.all(accepted.map((id) => store.find(id)));
      expect(found.filter((view) => view === undefined)).toEqual([]);
      const { counts, pending } = await store.snapshot();
      expect(counts.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(new Set(accepted).size);
      expect(pending).toBe(
        counts
          .filter(({ state }) => ['gathering', 'queued', 'sending'].includes(state))
          .reduce((sum, { count }) => sum + count, 0),
      );
    },
    timeLimitMs(5),
  );

  it('while its server is away calls fail within a bounded time and store nothing, and then it goes on by itself', async () => {
    const server = await RedisServer.start();
    const store = newStore(server, { limits: QUICK });
    await store.open(T0);
    await store.accept([direct('before')], T0);
    await server.crash();
    const failing = [store.accept([direct('away')], T0), store.readiness(), claimAll(store)];
    const answers = await Promise.allSettled(failing);
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'store_failed', status: 503 } });
    expect(await store.check()).toMatchObject({ ok: false });
    await server.restart();
    let back = false;
    while (!back) back = (await store.check()).ok;
    expect(titles((await claimAll(store)).messages)).toEqual([['before']]);
  });

  it('a server that hangs is given up, and used again when it answers', async () => {
    const server = await RedisServer.start();
    const store = newStore(server, { limits: QUICK });
    await store.open(T0);
    server.pause();
    try {
      await expect(store.accept([direct('a', { idempotencyKey: 'k' })], T0)).rejects.toThrow(StoreFailedError);
    } finally {
      server.resume();
    }
    let report = await store.accept([direct('a', { idempotencyKey: 'k' })], T0).catch(() => undefined);
    while (report === undefined) report = await store.accept([direct('a', { idempotencyKey: 'k' })], T0).catch(() => undefined);
    expect((await store.snapshot()).pending).toBe(1);
  });

  it('G1 G4 what was written though its answer was lost is written once', async () => {
    const proxy = await TcpProxy.start(shared.port);
    const store = newStore(shared, { url: `redis://127.0.0.1:${proxy.port}`, prefix: shared.newPrefix() });
    await store.open(T0);
    const accepted = new Set<string>();
    for (let round = 0; round < 20; round++) {
      const accepting = store.accept([gathered(`n${round}`, {}, { maxCount: 1_000 })], T0);
      if (round % 2 === 0) proxy.cutBeforeAnswer();
      const { results } = await accepting;
      for (const { id } of deliveriesOf(results[0])) accepted.add(id);
    }
    expect(accepted.size).toBe(20);
    expect(await store.snapshot()).toMatchObject({ pending: 20, windows: { open: 1, items: 20 } });
  });

  it('uses a connection of the host, which stays open', async () => {
    const connection = shared.client();
    const store = newStore(shared, { connection, prefix: shared.newPrefix() });
    await store.open(T0);
    await store.accept([direct('one'), gathered('two')], T0);
    await store.advance(T0 + POLICY.windowMs, 10);
    expect(titles((await claimAll(store, T0 + POLICY.windowMs)).messages)).toEqual([['one'], ['two']]);
    await store.close();
    expect(await connection.ping()).toBe('PONG');
  });

  it('wakes the listeners of another instance', async () => {
    const prefix = shared.newPrefix();
    const [one, other] = [newStore(shared, { prefix }), newStore(shared, { prefix })];
    await one.open(T0);
    await other.open(T0);
    const woken = Promise.withResolvers<undefined>();
    other.onWork(() => woken.resolve(undefined));
    await one.accept([direct('a')], T0);
    await woken.promise;
  });

  it('no key of its own has a time to live, and each has the prefix', async () => {
    const prefix = shared.newPrefix();
    const store = newStore(shared, { prefix });
    await store.open(T0);
    await store.accept(
      [direct('a', { idempotencyKey: 'k' }), gathered('b', { dedupeKey: 'd' }, { leadingCount: 1 }), gathered('c')],
      T0,
    );
    const ttls = await shared.asked(async (client) =>
      Promise.all((await client.keys(`{${prefix}}:*`)).map((key) => client.ttl(key))),
    );
    expect(ttls.length).toBeGreaterThan(10);
    expect(new Set(ttls)).toEqual(new Set([-1]));
  });

  it('G2 a message of more deliveries than stand in its row is sent whole and pruned whole', async () => {
    const prefix = shared.newPrefix();
    const store = newStore(shared, { prefix });
    await store.open(T0);
    for (const part of [1, 15, 1, 20, 3]) {
      await store.accept(
        many(part).map((title) => gathered(title, {}, { maxCount: 1_000 })),
        T0,
      );
    }
    await store.flush({}, 'flush', { limit: 10, now: T0 });
    const { token, messages } = await claimAll(store);
    expect(messages.map(({ entries }) => entries.length)).toEqual([40]);
    const ids = messages[0]?.entries.map(({ deliveryId }) => deliveryId) ?? [];
    expect(new Set(ids).size).toBe(40);
    await store.settle([{ messageId: messages[0]?.messageId ?? '', token, outcome: 'delivered' }], T0);
    for (let more = true; more;) {
      ({ more } = await store.prune({ finishedBefore: T0 + 1, keysBefore: 0, historyBefore: 0, limit: 7 }));
    }
    const left = (await shared.keys(prefix)).map((key) => key.replace(/:.*$/, ''));
    for (const key of ['d', 'db', 'm', 'e', 'fin', 'at', 'kx', 'due']) expect(left).not.toContain(key);
  });
});

describe('a server that may lose what it holds', () => {
  it.each([
    ['no append-only file', { appendonly: 'no' }, /appendonly no/],
    ['eviction', { 'maxmemory-policy': 'allkeys-lru' }, /maxmemory-policy allkeys-lru/],
  ] as const)('is refused, unless that is accepted, which health says: %s', async (_, settings, why) => {
    const server = await RedisServer.start(settings);
    await expect(newStore(server).open(T0)).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringMatching(why),
    });
    const store = newStore(server, { acceptLoss: true });
    await store.open(T0);
    expect(await store.check()).toMatchObject({ ok: true, unsafe: expect.stringMatching(why) });
  });

  it('out of memory it refuses what is new as a whole, and says before that it is nearly full', async () => {
    const server = await RedisServer.start({ maxmemory: '4mb' });
    const store = newStore(server, { limits: QUICK });
    await store.open(T0);
    const large = 'x'.repeat(100_000);
    let kept = 0;
    let failed: unknown;
    while (failed === undefined && kept < 100) {
      await store.accept([direct('a', { body: large })], T0).then(
        () => kept++,
        (error: unknown) => (failed = error),
      );
    }
    expect(failed).toBeInstanceOf(StoreFailedError);
    expect(await store.check()).toMatchObject({ lowSpace: expect.stringMatching(/maxmemory/) });
    expect((await store.snapshot()).pending).toBe(kept);
    expect((await store.deliveries({ limit: 200 })).items).toHaveLength(kept);
  });
});
