import { beforeAll, describe, expect, it } from '@jest/globals';
import { RedisServer } from '../../../test/support/redis-server.js';
import { newRedisStore } from '../../../test/support/redis-under-test.js';
import { timeLimitMs } from '../../../test/support/time-limit.js';
import { ConflictError } from '../../model/errors.js';
import { type Acceptance } from '../notification-store.js';
import { deliveriesOf, direct, FAILURE, gathered, many, T0 } from '../store-bench.conformance.js';
import { type RedisStore } from './redis-store.js';

const INSTANCES = 3;
const ROUNDS = 12;
const MAX_COUNT = 4;

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});

/** What one instance does in a round: windows of few groups, so that the instances meet in them. */
function acceptances(instance: number, round: number): readonly Acceptance[] {
  const policy = { maxCount: MAX_COUNT };
  const group = (index: number): string => `g${(index + round) % 3}`;
  return [
    ...many(6).map((title, index) => gathered(title, { groupKey: group(index), dedupeKey: `k${index % 5}` }, policy)),
    ...many(3).map((title, index) => gathered(title, { groupKey: group(index), to: 'bob@x' }, { ...policy, leadingCount: 1 })),
    direct('direct', { idempotencyKey: `r${round}` }),
    direct('own', { to: `${instance}@x`, ...(round % 3 === 0 ? { expiresAt: T0 + round * 1_000 + 500 } : {}) }),
  ];
}

describe('instances that do everything at once on one Redis', () => {
  it(
    'G1 G2 G7 lose nothing, send nothing twice, keep to the limits of windows, and leave nothing behind',
    async () => {
      const prefix = server.newPrefix();
      const stores = many(INSTANCES).map(() => newRedisStore(server, prefix));
      const accepted = new Set<string>();
      const cancelled = new Set<string>();
      /** How often each delivery was settled as delivered, by a settlement that counted. */
      const delivered = new Map<string, number>();
      const send = async (store: RedisStore, now: number, outcome: 'delivered' | 'retry'): Promise<number> => {
        const { token, messages } = await store.claim({ channel: 'email', lane: 'normal', limit: 7, leaseMs: 600_000, now });
        const { stale } = await store.settle(
          messages.map(({ messageId }) =>
            outcome === 'delivered'
              ? { messageId, token, outcome }
              : { messageId, token, outcome, failure: FAILURE, retryAt: now + 1_000 },
          ),
          now,
        );
        expect(stale).toEqual([]);
        for (const { entries } of messages) {
          expect(entries.length).toBeLessThanOrEqual(MAX_COUNT);
          if (outcome === 'retry') continue;
          for (const { deliveryId } of entries) delivered.set(deliveryId, (delivered.get(deliveryId) ?? 0) + 1);
        }
        return messages.length;
      };
      try {
        const opened = await Promise.allSettled(
          stores.map((store, index) => store.open(T0, { name: `${index}`, version: '', channels: [] })),
        );
        expect(opened.map(({ status }) => status)).toEqual(many(INSTANCES).map(() => 'fulfilled'));
        const work = async (store: RedisStore, instance: number): Promise<void> => {
          for (let round = 0; round < ROUNDS; round++) {
            const now = T0 + round * 1_000 + instance;
            const [{ results }] = await Promise.all([
              store.accept(acceptances(instance, round), now),
              store.advance(now, 20),
              send(store, now, round % 2 === 0 ? 'delivered' : 'retry'),
              store.heartbeat(now),
            ]);
            const deliveries = results.flatMap((result) => deliveriesOf(result)).filter(({ duplicate }) => !duplicate);
            for (const { id } of deliveries) accepted.add(id);
            const [last] = deliveries.slice(-1);
            if (last !== undefined && round % 4 === 1) {
              await store.cancel(last.id, 'cancelled', now).then(
                () => cancelled.add(last.id),
                (error: unknown) => expect(error).toBeInstanceOf(ConflictError),
              );
            }
            if (round % 5 === instance) await store.flush({}, 'flush', { limit: 10, now });
          }
        };
        await Promise.all(stores.map(work));
        const [store] = stores;
        if (store === undefined) throw new Error('there is no instance');
        for (let now = T0 + 100_000, idle = 0; idle < 2; now += 60_000) {
          let did = 0;
          for (let more = true; more;) {
            const report = await store.advance(now, 50);
            did += report.closed.length + report.expired;
            ({ more } = report);
          }
          for (let sent = 1; sent > 0; did += sent) sent = await send(store, now, 'delivered');
          idle = did === 0 ? idle + 1 : 0;
        }
        const views = await Promise.all([...accepted].map((id) => store.find(id)));
        const byState = Map.groupBy(views, (view) => view?.state ?? 'lost');
        expect([...byState.keys()].toSorted()).toEqual(['cancelled', 'delivered', 'expired', 'replaced']);
        expect([...delivered.values()].filter((times) => times > 1)).toEqual([]);
        expect(new Set(byState.get('delivered')?.map((view) => view?.id))).toEqual(new Set(delivered.keys()));
        expect(new Set(byState.get('cancelled')?.map((view) => view?.id))).toEqual(cancelled);
        const { counts, ...rest } = await store.snapshot();
        expect(rest).toEqual({ pending: 0, windows: { open: 0, items: 0 }, messages: { queued: 0, sending: 0 } });
        const sums = Map.groupBy(counts, ({ state }) => state);
        const countOf = (state: string): number =>
          (sums.get(state as 'delivered') ?? []).reduce((sum, { count }) => sum + count, 0);
        for (const [state, own] of byState) expect([state, countOf(state)]).toEqual([state, own.length]);
        expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(accepted.size);
        const left = (await server.keys(prefix)).map((key) => key.replace(/:.*$/, ''));
        for (const key of ['open', 'win', 'due', 'r', 'b', 'bu', 'cl', 'ct', 'holders', 'dead', 'gc', 'gl', 'k', 'al', 'ald']) {
          expect(left).not.toContain(key);
        }
      } finally {
        for (const store of stores) await store.close();
      }
    },
    timeLimitMs(10),
  );
});
