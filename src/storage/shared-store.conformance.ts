import { type Claim } from '../model/message.js';
import { type NotificationStore } from './notification-store.js';
import { itSharesState } from './state.conformance.js';
import { deliveriesOf, direct, gathered, many, POLICY, T0, titles } from './store-bench.conformance.js';
import { HEARTBEAT_MS, type InstanceDescription, SILENT_MS } from './store-upkeep.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** A store that several instances share. */
export interface SharedStoreUnderTest {
  /** One more handle on it, not opened yet. */
  handle(): NotificationStore;
  /** Deletes everything that the store holds. */
  discard(): Promise<void>;
}

function described(name: string): InstanceDescription {
  return { name, version: `1.0.0-${name}`, channels: name === 'a' ? ['email', 'slack'] : [] };
}

/**
 * Registers what every store with the trait `shared` promises to two instances, besides what `describeStore` asks of one.
 *
 * @param start makes a store, empty, that two instances can open; called once for each test
 */
export function describeSharedStore(runner: StoreSuiteRunner, name: string, start: () => Promise<SharedStoreUnderTest>): void {
  const { describe, it, beforeEach, afterEach, expect } = runner;
  describe(`two handles on one store on ${name}`, () => {
    let shared: SharedStoreUnderTest;
    let a: NotificationStore;
    let b: NotificationStore;
    beforeEach(async () => {
      shared = await start();
      [a, b] = [shared.handle(), shared.handle()];
      await a.open(T0, described('a'));
      await b.open(T0 + 1, described('b'));
    });
    afterEach(async () => {
      await a.close();
      await b.close();
      await shared.discard();
    });

    const claim = (store: NotificationStore, now: number, limit = 10): Promise<Claim> =>
      store.claim({ channel: 'email', lane: 'normal', limit, leaseMs: 180_000, now });
    const names = async (store: NotificationStore, now: number): Promise<string[]> =>
      (await store.instances(now)).map((instance) => instance.name);
    /** G7 as both see it. */
    const expectCounts = async (accepted: number): Promise<void> => {
      const [first, second] = [await a.snapshot(), await b.snapshot()];
      expect(second).toEqual(first);
      expect(first.counts.reduce((sum, { count }) => sum + count, 0)).toBe(accepted);
    };

    describe('shares state, and', () => itSharesState(() => [a.state, b.state], runner));

    it('is shared, and lists who has it open', async () => {
      expect(a.traits.shared).toBe(true);
      expect(await a.instances(T0 + 2)).toEqual([
        { ...described('a'), startedAt: T0, seenAt: T0 },
        { ...described('b'), startedAt: T0 + 1, seenAt: T0 + 1 },
      ]);
      await b.close();
      expect(await names(a, T0 + 3)).toEqual(['a']);
    });

    it('G2 an instance that opens the store leaves alone what a live one is sending', async () => {
      await a.accept([direct('one')], T0);
      const { token, messages } = await claim(a, T0);
      await b.close();
      expect((await b.open(T0 + 2, described('b again'))).interrupted).toBe(0);
      expect((await claim(b, T0 + 2)).messages).toEqual([]);
      const settlement = { messageId: messages[0]!.messageId, token, outcome: 'delivered' } as const;
      expect(await a.settle([settlement], T0 + 3)).toEqual({ stale: [] });
      await expectCounts(1);
    });

    it('G2 gives back within 20 s what a dead instance was sending, and what it says later changes nothing', async () => {
      await a.accept([direct('one'), direct('two')], T0);
      const first = await claim(a, T0);
      let requeuedAt = 0;
      for (let now = T0 + HEARTBEAT_MS; requeuedAt === 0 && now <= T0 + 60_000; now += HEARTBEAT_MS) {
        if ((await b.heartbeat(now)).requeued === 2) requeuedAt = now;
        else expect((await claim(b, now)).messages).toEqual([]);
      }
      expect(requeuedAt).toBeGreaterThanOrEqual(T0 + SILENT_MS);
      expect(requeuedAt).toBeLessThanOrEqual(T0 + 20_000);
      expect(await names(b, requeuedAt)).toEqual(['b']);
      const second = await claim(b, requeuedAt);
      expect(titles(second.messages)).toEqual([['one'], ['two']]);
      expect(second.messages.map(({ attempt }) => attempt)).toEqual([2, 2]);
      const late = first.messages.map(({ messageId }) => ({ messageId, token: first.token, outcome: 'delivered' }) as const);
      expect(await a.settle(late, requeuedAt + 1)).toEqual({ stale: first.messages.map(({ messageId }) => messageId) });
      expect(await a.extend([first.token], requeuedAt + 60_000)).toEqual({ lost: [first.token] });
      expect((await a.snapshot()).messages).toEqual({ queued: 0, sending: 2 });
      await expectCounts(2);
    });

    it('tells its time before it is opened, where it has a clock', async () => {
      const handle = shared.handle();
      const at = await handle.time();
      expect(at === undefined || at > 0).toBe(true);
      expect(typeof at).toBe(typeof (await a.time()));
    });

    it('what it counts must be asked for', async () => {
      expect(a.snapshotNow(T0)).toBeUndefined();
    });

    it('an instance that slept registers again with its next heartbeat', async () => {
      await b.heartbeat(T0 + 30_000);
      expect(await names(b, T0 + 30_000)).toEqual(['b']);
      await a.heartbeat(T0 + 31_000);
      expect((await names(b, T0 + 31_000)).toSorted()).toEqual(['a', 'b']);
      expect(await b.instances(T0 + 31_000)).toContainEqual(expect.objectContaining(described('a')));
    });

    it('gives back what an instance left behind when it closed', async () => {
      await a.accept([direct('one')], T0);
      await claim(a, T0);
      await a.close();
      expect(await b.heartbeat(T0 + 10)).toEqual({ requeued: 1 });
      expect(titles((await claim(b, T0 + 10)).messages)).toEqual([['one']]);
    });

    it('two that claim at once get different messages', async () => {
      await a.accept(
        many(40).map((title) => direct(title)),
        T0,
      );
      const claims = await Promise.all([a, b, a, b].map((store) => claim(store, T0)));
      const ids = claims.flatMap(({ messages }) => messages.map(({ messageId }) => messageId));
      expect([ids.length, new Set(ids).size]).toEqual([40, 40]);
      expect(new Set(claims.map(({ token }) => token)).size).toBe(4);
    });

    it('two that open a window of one group at once open one', async () => {
      const reports = await Promise.all(
        many(4).map((title, index) => (index % 2 === 0 ? a : b).accept([gathered(title)], T0 + index)),
      );
      const ids = reports.flatMap(({ results }) => deliveriesOf(results[0]).map(({ messageId }) => messageId));
      expect(new Set(ids).size).toBe(1);
      expect((await b.windows({})).items).toMatchObject([{ messageId: ids[0], count: 4 }]);
      await expectCounts(4);
    });

    it('a window that both close closes once, and is sent once', async () => {
      await a.accept([gathered('one'), gathered('two')], T0);
      const now = T0 + POLICY.windowMs;
      const slice = { limit: 10, now };
      const reports = await Promise.all([
        a.advance(now, 10),
        b.advance(now, 10),
        a.flush({}, 'flush', slice),
        b.flush({}, 'flush', slice),
      ]);
      expect(reports.flatMap(({ closed }) => closed)).toHaveLength(1);
      const claims = await Promise.all([claim(a, now), claim(b, now)]);
      expect(claims.flatMap(({ messages }) => titles(messages))).toEqual([['one', 'two']]);
      await expectCounts(2);
    });

    it('both number what they deliver in one sequence, which each reads alike and no reader of which misses anything', async () => {
      const read = new Map<NotificationStore, number[]>([
        [a, []],
        [b, []],
      ]);
      const readOn = async (store: NotificationStore): Promise<number> => {
        const numbers = read.get(store) ?? [];
        const { messages } = await store.sequenced({ channel: 'email', after: numbers.at(-1) ?? 0, limit: 3 });
        numbers.push(...messages.map(({ sequence }) => sequence));
        return messages.length;
      };
      const deliverSome = async (store: NotificationStore, now: number): Promise<void> => {
        const { token, messages } = await claim(store, now, 4);
        const outcome = { token, outcome: 'delivered', sequenced: true } as const;
        await store.settle(
          messages.map(({ messageId }) => ({ ...outcome, messageId })),
          now,
        );
      };
      await a.accept(
        many(40).map((title) => direct(title)),
        T0,
      );
      for (let round = 0; round < 6; round++) {
        // The clocks of instances differ.
        await Promise.all([deliverSome(a, T0 + round), readOn(b), deliverSome(b, T0 + 500 - round), readOn(a)]);
      }
      const { messages } = await a.sequenced({ channel: 'email', after: 0, limit: 100 });
      expect(await b.sequenced({ channel: 'email', after: 0, limit: 100 })).toMatchObject({ messages });
      expect(messages).toHaveLength(40);
      for (const store of [a, b]) {
        while ((await readOn(store)) > 0);
        expect(read.get(store)).toEqual(messages.map(({ sequence }) => sequence));
      }
    });

    it('G4 one idempotency key has one answer, whichever store is asked', async () => {
      const acceptance = direct('one', { idempotencyKey: 'k' });
      const reports = await Promise.all([a.accept([acceptance], T0), b.accept([acceptance], T0)]);
      const deliveries = reports.flatMap(({ results }) => deliveriesOf(results[0]));
      expect(new Set(deliveries.map(({ id }) => id)).size).toBe(1);
      expect(deliveries.filter(({ duplicate }) => duplicate)).toHaveLength(1);
      await expectCounts(1);
    });
  });
}
