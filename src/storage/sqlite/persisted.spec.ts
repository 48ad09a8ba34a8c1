import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DELIVERY_STATES, ROUTES } from '../../model/delivery.js';
import { PRIORITIES } from '../../model/notification.js';
import { direct, FAILURE, gathered, iso, T0, titles } from '../store-bench.conformance.js';
import { PRIORITY_NUMBER, priorityAt, ROUTE_NUMBER, routeAt, STATE_NUMBER, stateAt } from '../persisted.js';
import { MESSAGE_STATE } from './schema.js';
import { SqliteStore } from './sqlite-store.js';

/** The numbers in users' files, written out a second time: a change of either list has to be made on purpose. */
it('writes these numbers, which files of users hold', () => {
  expect(STATE_NUMBER).toEqual({
    gathering: 0,
    queued: 1,
    sending: 2,
    delivered: 3,
    dead: 4,
    cancelled: 5,
    expired: 6,
    replaced: 7,
  });
  expect(ROUTE_NUMBER).toEqual({ immediate: 0, aggregate: 1, batch: 2, individual: 3 });
  expect(PRIORITY_NUMBER).toEqual({ critical: 0, high: 1, normal: 2, low: 3 });
  expect(MESSAGE_STATE).toEqual({ open: 0, queued: 1, delivered: 3, dead: 4, ended: 5 });
  expect(DELIVERY_STATES.map((state) => stateAt(STATE_NUMBER[state]))).toEqual(DELIVERY_STATES);
  expect(ROUTES.map((route) => routeAt(ROUTE_NUMBER[route]))).toEqual(ROUTES);
  expect(PRIORITIES.map((priority) => priorityAt(PRIORITY_NUMBER[priority]))).toEqual(PRIORITIES);
});

/**
 * `store-0.1.db.gz` was written by the first release's store, whose process was killed while one message was being sent: schema version 4, no
 * application id. It is never written again by a newer one.
 */
describe('a file of the first release', () => {
  let directory: string;
  let path: string;
  let store: SqliteStore;
  const NOW = T0 + 100;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
    path = join(directory, 'store.db');
    writeFileSync(path, gunzipSync(readFileSync('test/fixtures/store-0.1.db.gz')));
    store = new SqliteStore({ path, maxPending: 1_000 });
    await store.open(NOW);
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  it('is migrated, and says what it said', async () => {
    const { items } = await store.deliveries({ address: 'ann@example.com', limit: 50 });
    expect(items.map(({ title, state, route, priority }) => [title, state, route, priority])).toEqual([
      ['sending', 'queued', 'batch', 'normal'],
      ['braked', 'gathering', 'aggregate', 'normal'],
      ['too', 'gathering', 'aggregate', 'normal'],
      ['gathering', 'gathering', 'aggregate', 'high'],
      ['replaced', 'replaced', 'aggregate', 'normal'],
      ['expired', 'expired', 'batch', 'normal'],
      ['read', 'cancelled', 'batch', 'normal'],
      ['cancelled', 'cancelled', 'batch', 'normal'],
      ['retried', 'queued', 'batch', 'normal'],
      ['dead', 'dead', 'batch', 'normal'],
      ['delivered', 'delivered', 'batch', 'normal'],
    ]);
    const byTitle = new Map(items.map((item) => [item.title, item]));
    expect(byTitle.get('read')).toMatchObject({ reason: 'read', updatedAt: iso(T0 + 4) });
    expect(byTitle.get('dead')).toMatchObject({ reason: FAILURE.reason, attempts: 1, lastError: FAILURE });
    expect(byTitle.get('sending')).toMatchObject({ attempts: 1, lastError: { reason: 'interrupted' } });
    expect((await store.snapshot()).counts.map(({ type, route, state, count }) => `${type} ${route} ${state} ${count}`)).toEqual([
      'alert aggregate gathering 2',
      'alert aggregate replaced 1',
      'login batch queued 2',
      'login batch delivered 1',
      'login batch dead 1',
      'login batch cancelled 2',
      'login batch expired 1',
      'storm aggregate gathering 1',
      'login immediate queued 1',
      'login batch queued 1',
      'login individual queued 1',
    ]);
    expect(await store.state.get('rules')).toBe('[]');
    expect(await store.history(T0, T0 + 1)).toEqual([{ at: T0, stepMs: 60_000, name: 'accepted', value: 12 }]);
    expect(await store.sequenced({ channel: 'email', after: 0, limit: 9 })).toEqual({
      messages: [{ sequence: 7, address: 'ann@example.com', messageId: byTitle.get('delivered')?.messageId }],
      last: 7,
      prunedThrough: 0,
    });
  });

  it('goes on: what was queued is sent by its lane and priority, windows close, and keys are known', async () => {
    const claim = async (channel: string, lane: 'critical' | 'normal', now = NOW) =>
      (await store.claim({ channel, lane, limit: 9, now, leaseMs: 1_000 })).messages;
    expect(titles(await claim('slack', 'critical'))).toEqual([['critical']]);
    expect(titles(await claim('slack', 'normal'))).toEqual([['high'], ['low']]);
    expect(titles(await claim('email', 'normal'))).toEqual([['sending']]);
    const { results } = await store.accept(
      [direct('retried', { idempotencyKey: 'order-91' }), gathered('joins', { dedupeKey: 'k' })],
      T0 + 101,
    );
    expect(results[0]).toMatchObject({ deliveries: [{ duplicate: true, route: 'batch' }] });
    const { closed } = await store.advance(T0 + 500_000, 100);
    expect(closed.map(({ type, count }) => [type, count]).toSorted()).toEqual([
      ['alert', 1],
      ['alert', 1],
      ['storm', 1],
    ]);
    const messages = await claim('email', 'normal', T0 + 500_000);
    expect(titles(messages).toSorted()).toEqual([['braked'], ['joins'], ['retried'], ['sending'], ['too']]);
    expect(messages.find(({ attempt, progress }) => attempt === 2 && progress !== undefined)).toMatchObject({
      progress: { page: 2 },
    });
    expect(messages.find(({ entries }) => entries[0]?.content.title === 'too')?.entries[0]?.content.body).toHaveLength(400);
  });

  it('counts and numbers are written as before', async () => {
    await store.accept([direct('new', { priority: 'low' })], NOW);
    await store.close();
    const db = new DatabaseSync(path);
    expect(db.prepare("SELECT counts FROM counter WHERE channel = 'email' AND type = 'login' AND route = 2").get()).toEqual({
      counts: '[0,3,0,1,1,2,1,0]',
    });
    expect(db.prepare('SELECT priority FROM delivery ORDER BY id DESC LIMIT 1').get()).toEqual({ priority: 3 });
    db.close();
  });
});
