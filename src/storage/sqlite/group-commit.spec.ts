import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sqliteUnderTest } from '../../../test/support/sqlite-under-test.js';
import { StoreFailedError } from '../../model/errors.js';
import { direct, gathered, many, type StoreUnderTest, T0, titles } from '../store-bench.conformance.js';
import { ONE_SLICE } from '../whole-commands.conformance.js';
import { type NotificationStore, type StoreSnapshot } from '../notification-store.js';
import { type Database } from './database.js';

describe('GroupCommit', () => {
  let underTest: StoreUnderTest;
  let store: NotificationStore;

  beforeEach(async () => ({ store } = underTest = await sqliteUnderTest()));
  afterEach(() => underTest.discard());

  const seen = async () => ({
    snapshot: sorted(await store.snapshot()),
    windows: await store.windows({}),
    readiness: await store.readiness(),
    dueAt: await store.nextDueAt(),
  });
  /** A call that fails after it has changed a window, opened another and queued a message. */
  const failsHalfway = (key: string) => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    return store.accept(
      [
        gathered('joins', { dedupeKey: key, idempotencyKey: key, expiresAt: T0 + 50 }),
        gathered('opens', { type: 'other' }, { maxCount: 7, similarity: 0.5 }),
        direct('goes'),
        direct('scheduled', { sendAt: T0 + 99 }),
        direct('fails', { data: circular as never }),
      ],
      T0,
    );
  };

  it('a job that fails is undone alone, whatever else its tick does, and nothing is read again', async () => {
    await store.accept([gathered('first', { dedupeKey: 'k' }), gathered('second')], T0);
    const statements: string[] = [];
    const { db } = (store as unknown as { readonly store: { readonly db: Database } }).store;
    db.sql = (text) => {
      statements.push(text);
      return (Object.getPrototypeOf(db) as Database).sql.call(db, text);
    };
    const answers = await Promise.allSettled([
      store.accept([gathered('third')], T0),
      failsHalfway('k'),
      store.accept([direct('good')], T0),
      failsHalfway('l'),
      store.accept([gathered('opens too', { type: 'other' }, { maxCount: 7, similarity: 0.5 })], T0),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect(statements.filter((text) => text.includes('state < 2'))).toEqual([]);
    const after = await seen();
    expect(after.windows.items.map(({ items }) => items.map(({ title }) => title))).toEqual([
      ['first', 'second', 'third'],
      ['opens too'],
    ]);
    expect(after.readiness).toMatchObject([{ ready: 0, batchable: 1 }]);
    expect(after.dueAt).toBe(T0 + 60_000);
    // What memory holds is what the rows say.
    store = await underTest.reopen('crash', T0);
    const { readiness, snapshot, windows } = await seen();
    expect({ readiness, snapshot, windows }).toEqual({
      readiness: after.readiness,
      snapshot: after.snapshot,
      windows: after.windows,
    });
    expect(titles((await store.claim({ channel: 'email', lane: 'normal', limit: 9, now: T0, leaseMs: 1 })).messages)).toEqual([
      ['good'],
    ]);
  });

  it('a commit that fails is undone, and the jobs are committed in halves', async () => {
    const stop = underTest.failAfter?.(1_000);
    const answers = await Promise.allSettled(many(9).map((title) => store.accept([direct(title)], T0)));
    expect(stop?.()).toBe(true);
    expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(await store.snapshot()).toMatchObject({ pending: 9, messages: { queued: 9 } });
  });

  it('a lone job that cannot be committed is rejected, and everything is as before', async () => {
    await store.accept([gathered('first'), direct('a')], T0);
    const before = await seen();
    underTest.failAfter?.(1_000);
    await expect(store.flush({}, 'flush', { limit: ONE_SLICE, now: T0 })).rejects.toThrow(StoreFailedError);
    expect(await seen()).toEqual(before);
    expect(await store.flush({}, 'flush', { limit: ONE_SLICE, now: T0 })).toMatchObject({ closed: [{ count: 1 }] });
  });
});

function sorted({ counts, ...rest }: StoreSnapshot): unknown {
  return { ...rest, counts: counts.map((row) => JSON.stringify(row)).toSorted() };
}
