import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hostPool } from '../../../test/support/host-pool.js';
import { PostgresServer } from '../../../test/support/postgres-server.js';
import { SUITE_RUNNER } from '../../../test/support/suite-runner.js';
import { StoreFailedError, StoreNotMigratedError } from '../../model/errors.js';
import { itHasAMailbox } from '../mailbox.conformance.js';
import { type HistoryRow } from '../notification-store.js';
import { type StoreBench, T0 } from '../store-bench.conformance.js';
import { SILENT_MS } from '../store-upkeep.js';
import { condenseHistory, historyRows, recordHistory } from './history.js';
import { beat, leave, liveInstances, removeSilent, serverTime } from './instances.js';
import { SharedHalf } from './shared-half.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});

let half: SharedHalf;
beforeEach(async () => {
  half = new SharedHalf({ url: server.url, schema: server.newSchema(), waking: 'poll' });
  expect(await half.open()).toBe(true);
});
afterEach(() => half.close());

describe('the mailbox on PostgreSQL', () => {
  const reopen = async (): Promise<void> => {
    await half.close();
    await half.open();
  };
  itHasAMailbox(() => ({ store: half, reopen }) as unknown as StoreBench, SUITE_RUNNER);
});

describe('the history on PostgreSQL', () => {
  const row = (at: number, name: string, value: number, stepMs = 60_000): HistoryRow => ({ at, stepMs, name, value });
  const record = (rows: readonly HistoryRow[]): Promise<void> =>
    half.connection.transaction('record', (tx) => recordHistory(tx, rows));
  const all = (): Promise<readonly HistoryRow[]> => half.connection.read('read', (tx) => historyRows(tx, 0, T0 * 2));

  it('adds up what several record at once, in whatever order', async () => {
    const rows = Array.from({ length: 50 }, (_, n) => row(T0 + (n % 5) * 60_000, `name ${n % 10}`, 0.5));
    await Promise.all([record(rows), record(rows.toReversed()), record(rows), record(rows.toReversed())]);
    const sums = await all();
    expect(sums).toHaveLength(10);
    expect(new Set(sums.map(({ value }) => value))).toEqual(new Set([10]));
  });

  it('condenses the oldest interval that is over', async () => {
    await record([row(T0, 'a', 1), row(T0 + 60_000, 'a', 2), row(T0, 'a', 8, 3_600_000), row(T0 + 3_600_000, 'a', 16)]);
    const condense = (before: number): Promise<boolean> =>
      half.connection.transaction('condense', (tx) => condenseHistory(tx, before, 3_600_000));
    expect([await condense(T0 + 7_200_000 - 1), await condense(T0 + 7_200_000 - 1)]).toEqual([true, false]);
    expect(await all()).toEqual([row(T0, 'a', 11, 3_600_000), row(T0 + 3_600_000, 'a', 16)]);
  });
});

describe('the registry of instances on PostgreSQL', () => {
  const described = (name: string) => ({ name, version: '1.2.3', channels: ['email', 'slack'] });
  const change = <T>(work: Parameters<typeof half.connection.transaction<T>>[1]): Promise<T> =>
    half.connection.transaction('beat', work);
  const names = async (now: number): Promise<readonly string[]> =>
    (await half.connection.read('list', (tx) => liveInstances(tx, now))).map(({ name }) => name);

  it('lists who lives in the order of their start, and removes who is silent', async () => {
    await change((tx) => beat(tx, described('b'), T0));
    await change((tx) => beat(tx, described('a'), T0 + 1));
    await change((tx) => beat(tx, described('b'), T0 + 5_000));
    expect(await half.connection.read('list', (tx) => liveInstances(tx, T0 + 5_000))).toEqual([
      { ...described('b'), startedAt: T0, seenAt: T0 + 5_000 },
      { ...described('a'), startedAt: T0 + 1, seenAt: T0 + 1 },
    ]);
    const silentAt = T0 + 1 + SILENT_MS;
    expect(await names(silentAt - 1)).toEqual(['b', 'a']);
    expect(await change((tx) => removeSilent(tx, silentAt - 1))).toEqual([]);
    expect(await names(silentAt)).toEqual(['b']);
    expect(await change((tx) => removeSilent(tx, silentAt))).toEqual(['a']);
    await change((tx) => beat(tx, described('a'), silentAt));
    expect(await names(silentAt)).toEqual(['b', 'a']);
    await change((tx) => leave(tx, 'b'));
    expect(await names(silentAt)).toEqual(['a']);
  });

  it('tells the time of the server', async () => {
    const before = Date.now();
    const at = await half.connection.read('tell the time', serverTime);
    expect(at).toBeGreaterThanOrEqual(before - 1);
    expect(at).toBeLessThanOrEqual(Date.now() + 1);
  });
});

describe('opening a store on PostgreSQL', () => {
  it('refuses tables that are not migrated when it is not to migrate, and everything after it is closed', async () => {
    const other = new SharedHalf({ url: server.url, schema: server.newSchema(), migrate: false });
    await expect(other.open()).rejects.toBeInstanceOf(StoreNotMigratedError);
    await half.close();
    await half.close();
    await expect(half.state.get('x')).rejects.toThrow(new StoreFailedError('read a setting, because it is closed'));
    expect(await half.open()).toBe(false);
    expect(await half.state.get('x')).toBeUndefined();
  });

  it('takes a pool of the host, and leaves it open', async () => {
    const pool = hostPool({ connectionString: server.socketUrl, max: 2 });
    const listeners = pool.listenerCount('error');
    const other = new SharedHalf({ pool, schema: server.newSchema() });
    await other.open();
    expect(await other.listener.probed()).toBe('notify');
    await other.state.set('x', 'y');
    await other.close();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect(pool.listenerCount('error')).toBe(listeners);
    await pool.end();
  });
});
