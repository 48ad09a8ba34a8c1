import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresServer } from '../../../test/support/postgres-server.js';
import { postgresUnderTest } from '../../../test/support/postgres-under-test.js';
import { sqliteUnderTest } from '../../../test/support/sqlite-under-test.js';
import { StoreMovedError } from '../../model/move-errors.js';
import { fill, KEYED, LIKE } from '../filled-store.conformance.js';
import { memoryUnderTest } from '../memory/memory-under-test.conformance.js';
import { newMove, storeView, transferOf } from '../moving.conformance.js';
import { type NotificationStore, type StoreTransfer } from '../notification-store.js';
import { BURST, deliveriesOf, direct, gathered, type OpenStore, StoreBench, T0 } from '../store-bench.conformance.js';
import { giveUpMove, moveStore } from './move-store.js';

const KINDS: readonly (readonly [name: string, open: () => OpenStore])[] = [
  ['memory', () => memoryUnderTest],
  ['SQLite', () => sqliteUnderTest],
  ['PostgreSQL', () => () => postgresUnderTest(server)],
];

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

const opened: StoreBench[] = [];
afterEach(async () => {
  for (const bench of opened.splice(0)) await bench.discard();
});

async function benchOf(open: OpenStore): Promise<StoreBench> {
  const bench = await StoreBench.open(open);
  opened.push(bench);
  return bench;
}

async function moved(source: StoreBench, target: StoreBench, from: StoreTransfer = transferOf(source.store)): Promise<void> {
  await moveStore(from, transferOf(target.store), { now: T0 + 20, newId: newMove, pageRows: 2 });
}

describe.each(KINDS)('a store that is moved from %s', (_, openSource) => {
  it.each(KINDS)('to %s is the same as before, and goes on as it was', async (__, openTarget) => {
    const [source, target] = [await benchOf(openSource()), await benchOf(openTarget())];
    await fill(source);
    await source.reopen('crash', T0 + 20);
    const before = await storeView(source.store);
    const first = deliveriesOf((await source.accept([KEYED], T0 + 20))[0]);
    await source.store.close();
    await target.store.close();
    await moved(source, target);
    await expect(source.store.open(T0 + 21)).rejects.toThrow(StoreMovedError);
    await target.reopen('restart', T0 + 20);
    const { store } = target;
    expect(await storeView(store)).toEqual(before);
    expect(await store.state.get('pauses')).toBe('{"slack":true}');
    expect([...(await store.recipients.find(['user:1'])).values()]).toEqual([{ version: 2, value: '{"name":"Anna"}' }]);
    await goesOn(
      store,
      first.map(({ id }) => id),
    );
  });
});

/** What was there counts for what comes. */
async function goesOn(store: NotificationStore, known: readonly string[]): Promise<void> {
  const at = T0 + 30;
  const [again, conflict, suppressed, joined, like, burst, fresh] = (
    await store.accept(
      [
        KEYED,
        direct('something else', { idempotencyKey: 'k' }),
        direct('unwanted', { to: 'no@x' }),
        gathered('joins'),
        gathered('The disk of db-4 is full', { to: 'like@x' }, LIKE),
        gathered('5', { to: 'burst@x' }, BURST),
        direct('fresh', { to: 'new@x' }),
      ],
      at,
    )
  ).results;
  expect(deliveriesOf(again)).toMatchObject(known.map((id) => ({ id, duplicate: true })));
  expect(conflict).toMatchObject({ refused: { reason: 'idempotency_conflict' } });
  expect(await store.find(deliveriesOf(suppressed)[0]!.id)).toMatchObject({ state: 'cancelled' });
  const { items } = await store.windows({ limit: 50 });
  const countOf = (result: typeof joined) =>
    items.find(({ messageId }) => messageId === deliveriesOf(result)[0]!.messageId)?.count;
  expect([countOf(joined), countOf(like), countOf(burst)]).toEqual([2, 3, 5]);
  const id = deliveriesOf(fresh)[0]!.id;
  expect((await store.deliveries({ limit: 200 })).items.filter((one) => one.id === id)).toHaveLength(1);
  const token = (await store.claim({ channel: 'email', lane: 'normal', limit: 100, now: at, leaseMs: 10_000 })).messages;
  expect(token.map(({ entries: [entry] }) => entry?.content.title)).toContain('fresh');
  // Everything comes to its end at its time.
  for (let more = true; more;) ({ more } = await store.advance(T0 + 1_000_000, 50));
  expect((await store.snapshot()).windows.open).toBe(0);
}

describe('a move', () => {
  /** The target's pages, of which one fails. */
  function failing(target: StoreTransfer, at: number): StoreTransfer {
    let page = 0;
    return new Proxy(target, {
      get: (of, name) => {
        const member: unknown = Reflect.get(of, name, of);
        if (name === 'import' && page++ === at) return () => Promise.reject(new Error('killed'));
        return typeof member === 'function' ? (member.bind(of) as unknown) : member;
      },
    });
  }

  it.each(KINDS.slice(1))(
    'into %s that stops at any page goes on there, and neither store opens meanwhile',
    async (_, openTarget) => {
      const [source, target] = [await benchOf(sqliteUnderTest), await benchOf(openTarget())];
      await fill(source);
      await source.reopen('restart', T0 + 20);
      const before = await storeView(source.store);
      await source.store.close();
      await target.store.close();
      const [from, into] = [transferOf(source.store), transferOf(target.store)];
      const options = { now: T0 + 20, newId: newMove, pageRows: 3 };
      const attempt = (): Promise<boolean> =>
        moveStore(from, failing(into, 4), options).then(
          () => true,
          () => false,
        );
      let stops = 0;
      while (!(await attempt())) {
        stops++;
        await expect(source.store.open(T0 + 20)).rejects.toThrow('is being moved to');
        await expect(target.store.open(T0 + 20)).rejects.toThrow('is not complete');
      }
      expect(stops).toBeGreaterThan(3);
      await target.reopen('restart', T0 + 20);
      expect(await storeView(target.store)).toEqual(before);
      await expect(moveStore(from, into, options)).rejects.toThrow();
    },
  );

  it('is given up: the source is as it was, the target is never opened', async () => {
    const [source, target] = [await benchOf(() => postgresUnderTest(server)), await benchOf(sqliteUnderTest)];
    await fill(source);
    await source.reopen('restart', T0 + 20);
    const before = await storeView(source.store);
    await source.store.close();
    await target.store.close();
    const [from, into] = [transferOf(source.store), transferOf(target.store)];
    await expect(giveUpMove(from, into, T0)).rejects.toThrow('is not being moved');
    await expect(moveStore(from, failing(into, 3), { now: T0 + 20, newId: newMove, pageRows: 3 })).rejects.toThrow('killed');
    await giveUpMove(from, into, T0 + 20);
    await expect(target.store.open(T0 + 20)).rejects.toThrow('was given up');
    await expect(moveStore(from, into, { now: T0 + 20, newId: newMove })).rejects.toThrow('which was given up');
    await source.reopen('restart', T0 + 20);
    expect(await storeView(source.store)).toEqual(before);
    await source.accept([direct('goes on')], T0 + 21);
  });

  it('of a store that is in use, or into one that is not empty, is refused; a frozen instance cannot write to a moved one', async () => {
    const [source, target] = [await benchOf(() => postgresUnderTest(server)), await benchOf(sqliteUnderTest)];
    const options = { now: T0 + 1, newId: newMove };
    const [from, into] = [transferOf(source.store), transferOf(target.store)];
    await expect(moveStore(from, into, options)).rejects.toThrow(/is open in this process/);
    await target.accept([direct('mine')]);
    await target.store.close();
    await expect(moveStore(from, into, options)).rejects.toThrow('is not empty');
    const empty = await benchOf(memoryUnderTest);
    await empty.store.close();
    await expect(moveStore(from, transferOf(empty.store), options)).rejects.toThrow('is used by the only one');
    // It is silent for so long that it counts as dead, and wakes up when everything is elsewhere.
    await moveStore(from, transferOf(empty.store), { ...options, now: T0 + 60_000 });
    await expect(source.store.accept([direct('too late')], T0 + 60_001)).rejects.toThrow(
      'the store could not keep notifications',
    );
  });
});
