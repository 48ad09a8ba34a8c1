import { randomBytes } from 'node:crypto';
import { appendFileSync, cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreFailedError, StoreLockedError, StoreVersionError } from '../../model/errors.js';
import { type ClaimedMessage } from '../../model/message.js';
import { deliveriesOf, direct, gathered, many, T0, titles } from '../store-bench.conformance.js';
import { type Database } from './database.js';
import { SqliteStore } from './sqlite-store.js';

/** What only this store has: a file. What every store promises is in `store.conformance.ts`. */
describe('SqliteStore', () => {
  let directory: string;
  let path: string;
  let store: SqliteStore;

  const create = (): SqliteStore => new SqliteStore({ path, maxPending: 200_000 });
  let token = '';
  const claim = async (now = T0): Promise<readonly ClaimedMessage[]> => {
    const claimed = await store.claim({ channel: 'email', lane: 'normal', limit: 1_000, now, leaseMs: 10_000 });
    ({ token } = claimed);
    return claimed.messages;
  };
  /** Settles a message of the last claim. */
  const settle = (message: ClaimedMessage | undefined, outcome: 'delivered' | 'released', now: number) =>
    store.settle([{ messageId: message!.messageId, token, outcome }], now);
  const restart = async (now = T0): Promise<void> => {
    await store.close();
    store = create();
    await store.open(now);
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
    path = join(directory, 'store.db');
    store = create();
    await store.open(T0);
  });

  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  it('refuses a second process, and the first one goes on', async () => {
    await expect(create().open(T0)).rejects.toThrow(StoreLockedError);
    await store.accept([direct('a')], T0);
    expect(titles(await claim())).toEqual([['a']]);
  });

  it('refuses a file of a newer version, and leaves it as it is', async () => {
    await store.accept([direct('a')], T0);
    await store.close();
    const userVersion = (set?: number): unknown => {
      const db = new DatabaseSync(path);
      if (set !== undefined) db.exec(`PRAGMA user_version = ${set}`);
      const found = db.prepare('PRAGMA user_version').get()?.['user_version'];
      db.close();
      return found;
    };
    const known = Number(userVersion());
    userVersion(99);
    await expect(create().open(T0)).rejects.toThrow(StoreVersionError);
    expect(userVersion(known)).toBe(known);
    store = create();
    await store.open(T0);
    expect(titles(await claim())).toEqual([['a']]);
  });

  it('G1 a full disk refuses what does not fit, keeps what was answered, and goes on when there is room', async () => {
    await store.accept([direct('before'), gathered('gathers')], T0);
    const [held] = await claim();
    const limit = pageLimit(store);
    const pages = limit(0);
    const body = 'x'.repeat(60_000);
    const answers = await Promise.allSettled(
      many(40).map((title, index) => store.accept([direct(title, { body, to: `${index}@x` })], T0 + 1)),
    );
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason).toBeInstanceOf(StoreFailedError);
      expect(JSON.stringify((reason as Error).message)).not.toContain('xxx');
    }
    expect(await store.check()).toMatchObject({ ok: false, detail: 'the last writes failed: database or disk is full' });
    expect(await store.check()).toMatchObject({ ok: false });
    limit(pages + 10_000);
    expect(await store.check()).toMatchObject({ ok: true, detail: 'writable' });
    const kept = answers.length - refused.length;
    const { counts, pending, windows } = await store.snapshot();
    expect([counts.reduce((sum, { count }) => sum + count, 0), pending, windows.items]).toEqual([kept + 2, kept + 2, 1]);
    // What was being sent still is, and can be settled.
    expect(await settle(held, 'delivered', T0 + 2)).toEqual({ stale: [] });
    await store.accept([direct('after')], T0 + 3);
    await restart(T0 + 4);
    expect(await claim(T0 + 4)).toHaveLength(kept + 1);
    expect((await store.windows({})).items).toMatchObject([{ count: 1 }]);
  });

  it('G1 a log that a power cut tore is read up to where it is whole', async () => {
    await store.accept([direct('kept'), gathered('kept too')], T0);
    const from = path;
    path = join(directory, 'after.db');
    cpSync(from, path);
    cpSync(`${from}-wal`, `${path}-wal`);
    appendFileSync(`${path}-wal`, randomBytes(6_000));
    const torn = create();
    await torn.open(T0);
    expect(await torn.snapshot()).toMatchObject({ pending: 2, windows: { items: 1 }, messages: { queued: 1 } });
    await torn.close();
  });

  it('is checked without a write, as often as anybody asks', async () => {
    await store.accept([direct('a')], T0);
    const { db } = (store as unknown as { readonly store: { readonly db: Database } }).store;
    const changes = (): unknown => db.sql('SELECT total_changes() AS n').get()?.['n'];
    const before = changes();
    for (let i = 0; i < 10; i++) expect(await store.check()).toMatchObject({ ok: true });
    expect(changes()).toBe(before);
  });

  it('a request that cannot be stored says nothing about the disk', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    await expect(store.accept([direct('bad', { data: circular as never })], T0)).rejects.toThrow(StoreFailedError);
    expect(await store.check()).toMatchObject({ ok: true });
  });

  it('does not wait for the disk with what it settles; a sync does, and brings it along', async () => {
    await store.accept([direct('a')], T0);
    const [held] = await claim();
    const { db } = (store as unknown as { readonly store: { readonly db: Database } }).store;
    const log = (): number => statSync(`${path}-wal`).size;
    /** https://sqlite.org/pragma.html#pragma_synchronous: 1 (NORMAL) does not wait for the log, 2 (FULL) does. */
    const waits = (): unknown => db.sql('PRAGMA synchronous').get()?.['synchronous'];
    await settle(held, 'delivered', T0 + 1);
    expect(waits()).toBe(1);
    const before = log();
    await store.sync();
    expect(waits()).toBe(2);
    // A commit that writes nothing would not wait.
    expect(log()).toBeGreaterThan(before);
  });

  it('of calls made at one time, one that fails takes nothing of the others with it', async () => {
    await store.accept([direct('claimed')], T0);
    const [held] = await claim();
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const [good, bad, settled] = await Promise.allSettled([
      store.accept([gathered('good')], T0),
      store.accept([direct('bad', { data: circular as never })], T0),
      settle(held, 'released', T0),
    ]);
    expect([good.status, bad.status, settled.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await store.readiness()).toMatchObject([{ batchable: 1, ready: 0 }]);
    expect((await store.snapshot()).messages).toEqual({ queued: 1, sending: 0 });
    expect(titles(await claim())).toEqual([['claimed']]);
    await restart();
    expect((await store.snapshot()).counts.map(({ state, count }) => [state, count])).toEqual([
      ['gathering', 1],
      ['queued', 1],
    ]);
  });

  it('closes a window of 100 000 as one digest, whichever entry was cancelled before', async () => {
    const policy = { maxCount: 100_000 };
    await store.accept([gathered('urgent', { priority: 'high' }, policy)], T0);
    await store.accept(
      many(99_999).map((title) => gathered(title, {}, policy)),
      T0,
    );
    const [message] = await claim();
    expect(message).toMatchObject({ priority: 'high', entries: { length: 100_000 } });
    await settle(message, 'released', T0);
    await store.cancel(message!.entries[0]!.deliveryId, 'cancelled', T0);
    expect(await claim()).toMatchObject([{ priority: 'normal', entries: { length: 99_999 } }]);
  });

  it('gives ids that a store elsewhere does not know', async () => {
    const { results } = await store.accept([direct('a')], T0);
    const { id } = deliveriesOf(results[0])[0]!;
    const other = new SqliteStore({ path: ':memory:', maxPending: 10 });
    await other.open(T0);
    await other.accept([direct('b')], T0);
    expect(await other.find(id)).toBeUndefined();
    await other.close();
  });
});

/** Sets most pages of the file, beyond those it has; 0: no page more. Returns how many it has. */
function pageLimit(store: SqliteStore): (more: number) => number {
  const { db } = (store as unknown as { readonly store: { readonly db: Database } }).store;
  return (more) => {
    const pages = Number(db.sql('PRAGMA page_count').get()?.['page_count']);
    db.exec(`PRAGMA max_page_count = ${pages + more}`);
    return pages;
  };
}
