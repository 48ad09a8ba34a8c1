import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type PruneRequest } from '../notification-store.js';
import { direct, many, T0 } from '../store-bench.conformance.js';
import { type Database } from './database.js';
import { SqliteStore } from './sqlite-store.js';

describe('SqliteStore.prune', () => {
  let directory: string;
  let path: string;
  let store: SqliteStore;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
    path = join(directory, 'store.db');
    store = new SqliteStore({ path, maxPending: 1_000_000 });
    await store.open(T0);
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  const db = (): Database => (store as unknown as { readonly store: { readonly db: Database } }).store.db;
  const NOTHING: PruneRequest = { finishedBefore: 0, keysBefore: 0, historyBefore: 0, limit: 250 };
  const deliver = async (now: number): Promise<void> => {
    const { token, messages } = await store.claim({ channel: 'email', lane: 'normal', limit: 1e6, now, leaseMs: 1_000 });
    await store.settle(
      messages.map(({ messageId }) => ({ messageId, token, outcome: 'delivered' })),
      now,
    );
  };

  it('gives the file back to the file system within one run, and keeps a little for what comes', async () => {
    const body = 'x'.repeat(8_000);
    for (let round = 0; round < 5; round++)
      await store.accept(
        many(400).map((title) => direct(title, { body })),
        T0,
      );
    await deliver(T0);
    await store.accept([direct('stays')], T0 + 1);
    let steps = 0;
    for (let more = true; more; steps++) ({ more } = await store.prune({ ...NOTHING, finishedBefore: T0 + 1 }));
    const [pages] = [db().sql('PRAGMA page_count').get()?.['page_count']];
    expect(db().sql('PRAGMA freelist_count').get()?.['freelist_count']).toBeLessThanOrEqual(256);
    expect(pages).toBeLessThan(400);
    expect(statSync(path).size).toBeLessThan(400 * 4_096);
    expect(steps).toBeGreaterThan(20);
    expect(await store.snapshot()).toMatchObject({ pending: 1 });
  });

  it('looks only at what is old enough, however much is not', async () => {
    await store.accept(
      many(500).map((title) => direct(title)),
      T0,
    );
    await deliver(T0 + 100);
    const plans: string[] = [];
    const { sql } = Object.getPrototypeOf(db()) as Database;
    db().sql = (text) => {
      plans.push(
        ...sql
          .call(db(), `EXPLAIN QUERY PLAN ${text}`)
          .all(...new Array<number>(text.split('?').length - 1).fill(0))
          .map((row) => String(row['detail'])),
      );
      return sql.call(db(), text);
    };
    expect(await store.prune({ ...NOTHING, finishedBefore: T0 + 100, keysBefore: T0, historyBefore: T0 })).toEqual({
      deliveries: 0,
      messages: 0,
      more: false,
    });
    expect(plans.filter((plan) => /SCAN (message|delivery|content)|TEMP B-TREE/.test(plan))).toEqual([]);
    expect(plans.some((plan) => plan.includes('message_ended'))).toBe(true);
  });

  it('G8 forgets a hundred thousand keys a slice at a time, and finds the others all along', async () => {
    const keys = 100_000;
    const keyed = (index: number) => direct('n', { idempotencyKey: `k${index}`, to: `${index % 100}@x` });
    for (let from = 0; from < keys; from += 5_000) {
      const now = from < keys - 10_000 ? T0 : T0 + 10;
      await store.accept(
        Array.from({ length: 5_000 }, (_, index) => keyed(from + index)),
        now,
      );
    }
    const index = (store as unknown as { readonly store: { readonly idempotency: { load(): void } } }).store.idempotency;
    index.load = () => {
      throw new Error('the index is read again');
    };
    const rows = (): number => Number(db().sql('SELECT count(*) AS n FROM idempotency').get()?.['n']);
    const duplicate = async (number: number): Promise<unknown> => {
      const { results } = await store.accept([keyed(number)], T0 + 11);
      return results[0] !== undefined && 'deliveries' in results[0] ? results[0].deliveries[0]?.duplicate : results[0];
    };
    let before = rows();
    for (let more = true, step = 0; more; step++) {
      ({ more } = await store.prune({ ...NOTHING, keysBefore: T0 + 1 }));
      expect(before - rows()).toBeLessThanOrEqual(250);
      before = rows();
      if (step % 100 === 0) expect(await duplicate(keys - 1 - step)).toBe(true);
    }
    expect(before).toBe(10_000);
    expect([await duplicate(keys - 10_000), await duplicate(5)]).toEqual([true, false]);
  }, 120_000);
});
