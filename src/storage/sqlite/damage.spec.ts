import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ClaimedMessage } from '../../model/message.js';
import { direct, gathered, many, T0, titles } from '../store-bench.conformance.js';
import { ONE_SLICE } from '../whole-commands.conformance.js';
import { type Database } from './database.js';
import { SqliteStore } from './sqlite-store.js';

/** What a flipped bit, or a tool that wrote into the file, leaves behind. */
describe('SqliteStore with damaged rows', () => {
  let store: SqliteStore;

  beforeEach(async () => {
    store = new SqliteStore({ path: ':memory:', maxPending: 1_000, compression: { minBytes: 100, level: 1 } });
    await store.open(T0);
  });
  afterEach(() => store.close());

  const sql = (text: string): void => (store as unknown as { readonly store: { readonly db: Database } }).store.db.exec(text);
  const claim = async (limit = 100): Promise<readonly ClaimedMessage[]> =>
    (await store.claim({ channel: 'email', lane: 'normal', limit, now: T0, leaseMs: 1_000 })).messages;

  it.each([
    ['text that was cut off', "UPDATE content SET json = substr(json, 1, 10) WHERE json LIKE '%bad%'"],
    ['bytes that are not deflate', "UPDATE content SET json = x'00ff00ff' WHERE json LIKE '%bad%'"],
    ['JSON that is no object', "UPDATE content SET json = '7' WHERE json LIKE '%bad%'"],
    ['no row at all', "DELETE FROM content WHERE json LIKE '%bad%'"],
  ])('G6 ends the message of an unreadable content as dead, and the others go on: %s', async (_, damage) => {
    const { results } = await store.accept([...many(3).map((title) => direct(title)), direct('bad'), direct('last')], T0);
    const ids = results.flatMap((result) => ('deliveries' in result ? result.deliveries.map(({ id }) => id) : []));
    sql(damage);
    expect(
      titles(await claim())
        .flat()
        .toSorted(),
    ).toEqual(['last', 'n1', 'n2', 'n3']);
    expect(await store.readiness()).toEqual([]);
    expect(await store.find(ids[3] ?? '')).toMatchObject({
      state: 'dead',
      reason: 'unrenderable',
      title: '(the stored content cannot be read)',
      lastError: { message: `the stored content of ${ids[3]} cannot be read` },
    });
    expect((await store.dead({})).items.map(({ id }) => id)).toEqual([ids[3]]);
    expect((await store.deliveries({ address: 'ann@example.com' })).items).toHaveLength(5);
    expect((await store.snapshot()).counts).toEqual([
      { channel: 'email', type: 'login', route: 'batch', state: 'sending', count: 4 },
      { channel: 'email', type: 'login', route: 'batch', state: 'dead', count: 1 },
    ]);
  });

  it('shows, closes, cancels and expires windows with an unreadable content', async () => {
    await store.accept([gathered('bad', { expiresAt: T0 + 5 }), gathered('b'), gathered('c', { to: 'bob@x' })], T0);
    sql("UPDATE content SET json = '{' WHERE json LIKE '%bad%'");
    expect((await store.windows({ q: 'b' })).items.map(({ count }) => count)).toEqual([2]);
    expect((await store.windows({})).items[0]?.items.map(({ title }) => title)).toEqual([
      '(the stored content cannot be read)',
      'b',
    ]);
    expect(await store.cancelMatching({ groupKey: 'unknown' }, { limit: ONE_SLICE, now: T0 })).toMatchObject({ cancelled: 0 });
    expect(await store.advance(T0 + 5, 10)).toMatchObject({ expired: 1 });
    await store.flush({}, 'flush', { limit: ONE_SLICE, now: T0 + 5 });
    expect(titles(await claim())).toEqual([['b'], ['c']]);
  });

  it('ends a whole digest that holds an unreadable content', async () => {
    await store.accept([gathered('a'), gathered('bad')], T0);
    sql("UPDATE content SET json = '{' WHERE json LIKE '%bad%'");
    await store.flush({}, 'flush', { limit: ONE_SLICE, now: T0 });
    expect((await store.check()).unreadable).toBeUndefined();
    expect(await claim()).toEqual([]);
    expect((await store.dead({})).items).toHaveLength(2);
    // Health says how many it hit, those beside the damaged one included.
    expect(await store.check()).toMatchObject({ ok: true, unreadable: 2 });
  });

  it('passes over unreadable progress and errors', async () => {
    await store.accept([direct('a')], T0);
    sql("UPDATE message SET progress = '{', errors = '['");
    const [message] = await claim();
    expect(message).not.toHaveProperty('progress');
    expect(await store.find(message?.entries[0]?.deliveryId ?? '')).toMatchObject({ errors: [] });
  });
});
