import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ROWS_PER_PAGE } from '../page.js';
import { direct, FAILURE, gathered, many, T0 } from '../store-bench.conformance.js';
import { Database } from './database.js';
import { SqliteStore } from './sqlite-store.js';

const COUNT = 3_000;
const LIMIT = 100;
/** Statements and rows that one row of a slice may cost: its window, message, delivery and content, each read and written. */
const STEPS_PER_ROW = 12;

/** Opens what is counted: every run of a statement, and every row that one gives. */
class CountedStatements {
  count = 0;
  private readonly original: Database['sql'] = Reflect.get(Database.prototype, 'sql');

  install(): void {
    const { original } = this;
    const add = (by: number): void => void (this.count += by);
    Database.prototype.sql = function (this: Database, text: string) {
      const statement = Reflect.apply(original, this, [text]);
      return new Proxy(statement, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name, target);
          if (typeof member !== 'function') return member;
          return (...args: unknown[]): unknown => {
            const result: unknown = Reflect.apply(member, target, args);
            add(Array.isArray(result) ? 1 + result.length : 1);
            return name === 'iterate' ? counted(result as Iterable<unknown>, add) : result;
          };
        },
      });
    };
  }

  remove(): void {
    Database.prototype.sql = this.original;
  }

  /** What a call costs. */
  async of(call: () => Promise<unknown>): Promise<number> {
    this.count = 0;
    await call();
    return this.count;
  }
}

function* counted(rows: Iterable<unknown>, add: (by: number) => void): Generator {
  for (const row of rows) {
    add(1);
    yield row;
  }
}

describe('G8 rows of one call, with much more in the store', () => {
  const statements = new CountedStatements();
  let store: SqliteStore;
  const slice = { limit: LIMIT, now: T0 + 1 };
  const most = LIMIT * STEPS_PER_ROW;

  beforeEach(async () => {
    statements.install();
    store = new SqliteStore({ path: ':memory:', maxPending: 1_000_000 });
    await store.open(T0);
  });
  afterEach(async () => {
    await store.close();
    statements.remove();
  });

  async function died(): Promise<void> {
    await store.accept(
      many(COUNT).map((title) => direct(title, { groupKey: 'g' })),
      T0,
    );
    const { token, messages } = await store.claim({ channel: 'email', lane: 'normal', limit: COUNT, now: T0, leaseMs: 1_000 });
    await store.settle(
      messages.map(({ messageId }) => ({ token, messageId, outcome: 'dead', failure: FAILURE })),
      T0,
    );
  }

  it('commands on windows', async () => {
    await store.accept(
      many(COUNT).map((title) => gathered(title, { groupKey: title, dedupeKey: 'k' })),
      T0,
    );
    expect(await statements.of(() => store.applyRules(() => undefined, slice))).toBeLessThan(most);
    expect(await statements.of(() => store.flush({}, 'flush', slice))).toBeLessThan(most);
    expect(await statements.of(() => store.flush({ type: 'none' }, 'flush', slice))).toBeLessThan(10);
    expect(await statements.of(() => store.flushLargest(1_000_000, LIMIT, T0))).toBeLessThan(most);
    expect(await statements.of(() => store.cancelMatching({ dedupeKey: 'k' }, slice))).toBeLessThan(most);
    expect(await statements.of(() => store.clearBacklog('collapse', T0 + 1, slice))).toBeLessThan(most);
    expect(await statements.of(() => store.clearBacklog('expire', T0 + 70_000, slice))).toBeLessThan(most);
    expect(await statements.of(() => store.clearBacklog('expire', T0 + 70_000, { ...slice, cursor: 'messages' }))).toBeLessThan(
      most,
    );
  });

  it('commands on what died, and on what is queued', async () => {
    await died();
    expect(await statements.of(() => store.dismiss({ address: 'nobody@x' }, slice))).toBeLessThan(most);
    expect(await statements.of(() => store.dismiss({ type: 'login' }, slice))).toBeLessThan(most);
    expect(await statements.of(() => store.replay({}, slice))).toBeLessThan(most);
    expect(await statements.of(() => store.cancelMatching({ groupKey: 'g' }, slice))).toBeLessThan(most);
    expect(await statements.of(() => store.cancelMatching({ groupKey: 'none' }, slice))).toBeLessThan(10);
  });

  it('pages', async () => {
    await store.accept(
      many(COUNT).map((title) => gathered(title, { groupKey: title })),
      T0,
    );
    await died();
    const page = 6 * ROWS_PER_PAGE;
    expect(await statements.of(() => store.windows({ q: 'nothing like it' }))).toBeLessThan(page);
    expect(await statements.of(() => store.windows({ limit: 200 }))).toBeLessThan(page);
    expect(await statements.of(() => store.deliveries({ state: 'expired' }))).toBeLessThan(page);
    expect(await statements.of(() => store.deliveries({ state: 'dead', limit: 200 }))).toBeLessThan(page);
    expect(await statements.of(() => store.deliveries({ address: 'ann@example.com', type: 'none' }))).toBeLessThan(page);
    expect(await statements.of(() => store.dead({ type: 'none' }))).toBeLessThan(page);
    expect(await statements.of(() => store.deadLetters({}, {}))).toBeLessThan(page);
    expect(await statements.of(() => store.addresses('email', {}))).toBeLessThan(page);
  });

  it('a window of many entries is searched part by part', async () => {
    await store.accept(
      many(COUNT).map((title) => gathered(title, {}, { maxCount: 2 * COUNT })),
      T0,
    );
    let cursor: string | undefined;
    let calls = 0;
    let found = 0;
    do {
      const at = cursor;
      const page = await store.windows({ q: 'n1', ...(at === undefined ? {} : { cursor: at }) });
      expect(await statements.of(() => store.windows({ q: 'n1', ...(at === undefined ? {} : { cursor: at }) }))).toBeLessThan(
        6 * ROWS_PER_PAGE,
      );
      found += page.items.length;
      cursor = page.next;
      calls++;
    } while (cursor !== undefined);
    expect(found).toBe(1);
    expect(calls).toBeGreaterThan(1);
  });
});
