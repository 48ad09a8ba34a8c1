import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Type } from '@nestjs/common';
import { BatchAggregationService, Clock, type NotificationModuleOptions, QueueService } from '../../src/index.js';
import { CleanupJob } from '../../src/jobs/cleanup.job.js';
import { Instance } from '../../src/storage/instance.js';
import { NotificationStore } from '../../src/storage/notification-store.js';
import { type TestInstance, TestInstances } from '../support/instances.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WINDOW = { aggregation: { rules: [{ windowMs: MINUTE_MS, maxCount: 100 }] } };

describe('instances that share a store', () => {
  let all: TestInstances;
  beforeEach(() => {
    all = new TestInstances();
  });
  afterEach(() => all.stopAll());

  const say = async (on: TestInstance, title: string, more: object = {}): Promise<void> => {
    await on.get(QueueService).enqueue({ type: 'note', channel: 'email', to: 'ann@example.com', title, ...more });
  };
  const storeOf = (one: TestInstance): NotificationStore =>
    one.get<NotificationStore>(NotificationStore as Type<NotificationStore>);
  /** It lives on, and no call of it reaches the store any more. */
  const cutOff = (one: TestInstance): void => {
    const store = storeOf(one);
    const away = (): Promise<never> => Promise.reject(new Error('the store is away'));
    store.heartbeat = away;
    store.advance = away;
    store.prune = away;
    store.condenseHistory = away;
    Object.defineProperty(one.get(Instance), 'leads', { value: away });
  };

  describe('whose machine is wrong about the time', () => {
    it.each([5_000, -5_000, 20_000])('by %i ms: due times follow the store’s clock', async (aheadMs) => {
      const wrong = await all.start(WINDOW, false, aheadMs);
      const right = await all.start(WINDOW);
      expect(wrong.get<Clock>(Clock as Type<Clock>).now()).toBe(all.clock.now());
      const openedAt = all.clock.now();
      await say(wrong, 'one');
      await say(right, 'two', { to: 'bob@example.com' });
      const { items } = await right.get(BatchAggregationService).inspect();
      expect(items.map(({ dueAt }) => Date.parse(dueAt))).toEqual([openedAt + MINUTE_MS, openedAt + MINUTE_MS]);
      const sent = (): readonly (readonly string[])[] => [...wrong.sent(), ...right.sent()];
      await all.advance(MINUTE_MS - 1);
      expect(sent()).toEqual([]);
      await all.advance(1_001);
      expect(sent().flat().toSorted()).toEqual(['one', 'two']);
    });

    it('it takes nobody for dead when it starts, and takes over nothing that a live one is sending', async () => {
      const right = await all.start({ ...WINDOW, aggregation: { enabled: false }, batch: { timeoutMs: 0 } });
      right.transport('email').answerWith(() => new Promise(() => undefined));
      await say(right, 'one');
      await all.settled();
      const wrong = await all.start({ batch: { timeoutMs: 0 } }, false, 30_000);
      await all.advance(2_000);
      expect((await storeOf(wrong).instances(all.clock.now())).map(({ name }) => name)).toEqual(
        [right, wrong].map((one) => one.get(Instance).name),
      );
      expect(wrong.transport('email').tried).toEqual([]);
    });

    it('it is right again with the next heartbeat when its clock is set', async () => {
      const one = await all.start(WINDOW);
      const set = await all.start(WINDOW, false, 1);
      const clock = set.get<Clock>(Clock as Type<Clock>);
      clock.adjust?.(-7_000);
      await all.advance(5_000);
      expect(clock.now()).toBe(all.clock.now());
      await say(set, 'one');
      await all.advance(MINUTE_MS - 1);
      expect([...one.sent(), ...set.sent()]).toEqual([]);
      await all.advance(1_001);
      expect([...one.sent(), ...set.sent()]).toEqual([['one']]);
    });
  });

  describe('when the leader dies', () => {
    const CLEANUP = { cleanup: { intervalMs: MINUTE_MS } } satisfies NotificationModuleOptions;

    it('another one cleans up and adds up the history, within three intervals, and only one each time', async () => {
      const instances = [await all.start(CLEANUP), await all.start(CLEANUP), await all.start(CLEANUP)];
      const runs: string[] = [];
      const condensed: string[] = [];
      for (const one of instances) {
        const job = one.get(CleanupJob);
        const run = job.runOnce.bind(job);
        job.runOnce = (...given) => {
          runs.push(one.get(Instance).name);
          return run(...given);
        };
        const store = storeOf(one);
        const condense = store.condenseHistory.bind(store);
        store.condenseHistory = (...given) => {
          condensed.push(one.get(Instance).name);
          return condense(...given);
        };
      }
      await all.advance(3 * MINUTE_MS);
      const [leader] = runs;
      expect(runs).toEqual([leader, leader, leader]);
      expect(new Set(condensed)).toEqual(new Set([leader]));
      const dead = instances.find((one) => one.get(Instance).name === leader)!;
      const old = all.clock.now() - 30 * HOUR_MS;
      await storeOf(dead).record([
        { at: Math.floor(old / MINUTE_MS) * MINUTE_MS, stepMs: MINUTE_MS, name: 'accepted.email', value: 3 },
      ]);
      cutOff(dead);
      runs.length = 0;
      condensed.length = 0;
      await all.advance(3 * MINUTE_MS);
      const [next] = runs;
      expect(next).not.toBe(leader);
      expect(new Set(runs)).toEqual(new Set([next]));
      expect(runs.length).toBeGreaterThanOrEqual(1);
      expect(new Set(condensed)).toEqual(new Set([next]));
      const other = instances.find((one) => one !== dead)!;
      expect(await storeOf(other).history(old - HOUR_MS, old + HOUR_MS)).toMatchObject([{ stepMs: HOUR_MS, value: 3 }]);
    });

    it('one of those that start together clears the backlog before any of them sends, also when the one that did it died', async () => {
      const backlog = { ...WINDOW, backlog: { policy: 'expire' as const, maxAgeMs: HOUR_MS } };
      const before = await all.start(WINDOW);
      await say(before, 'old');
      await all.stop(before);
      await all.advance(3 * HOUR_MS);
      const cleared: string[] = [];
      const start = (name: string, dies = false): Promise<TestInstance> =>
        all.start(backlog, false, 0, (store) => {
          const clear = store.clearBacklog.bind(store);
          store.clearBacklog = (...given) => {
            cleared.push(name);
            if (!dies) return clear(...given);
            store.heartbeat = () => Promise.reject(new Error('it is dead'));
            return Promise.reject(new Error('it dies'));
          };
        });
      await expect(start('a', true)).rejects.toThrow('it dies');
      const starting = Promise.all([start('b'), start('c')]);
      await all.advance(20_000);
      const [b, c] = await starting;
      const [first, ...rest] = cleared;
      expect([first, new Set(rest).size]).toEqual(['a', 1]);
      expect([...b.sent(), ...c.sent()]).toEqual([]);
      expect((await storeOf(c).deliveries({})).items).toMatchObject([{ state: 'expired' }]);
      // Those who come later have nothing to clear, and do not wait.
      const d = await start('d');
      expect(cleared).toEqual([first, ...rest]);
      await all.stop(d);
    });
  });
});
