import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { IdempotencyConflictError, QueueFullError, StoreLockedError, StoreVersionError } from '../../model/errors.js';
import { type NotificationContent } from '../../model/notification.js';
import { type WindowPolicy } from '../../model/window.js';
import { type Acceptance, type AcceptResult } from '../notification-store.js';
import { SqliteStore } from './sqlite-store.js';

const T0 = 1_800_000_000_000;
const POLICY: WindowPolicy = {
  mode: 'fixed',
  windowMs: 60_000,
  maxCount: 5,
  maxWaitMs: 240_000,
  leads: 0,
  minCount: 1,
  groupBy: 'type',
  render: { limit: 50, keep: 'priority' },
};

function gathered(title: string, over: Partial<NotificationContent> = {}, policy: Partial<WindowPolicy> = {}): Acceptance {
  return {
    content: { type: 'alert', channel: 'email', title, priority: 'normal', ...over },
    addresses: ['ann@example.com'],
    route: 'aggregate',
    policy: { ...POLICY, ...policy },
  };
}

function direct(title: string, over: Partial<NotificationContent> = {}): Acceptance {
  return {
    content: { type: 'alert', channel: 'email', title, priority: 'normal', ...over },
    addresses: ['ann@example.com'],
    route: over.priority === 'critical' ? 'immediate' : 'batch',
  };
}

function idOf(result: AcceptResult | undefined): string {
  if (result === undefined || 'refused' in result) throw new Error('it was refused');
  return result.deliveries[0]?.id ?? '';
}

describe('SqliteStore', () => {
  let directory: string;
  let path: string;
  let store: SqliteStore;
  let accepted: number;

  const create = (): SqliteStore => new SqliteStore({ path, maxPending: 100, nextOccurrence: (_, at) => at + 1 });
  const accept = async (acceptances: readonly Acceptance[], now = T0): Promise<readonly AcceptResult[]> => {
    const { results } = await store.accept(acceptances, now);
    for (const result of results) if ('deliveries' in result) accepted += result.deliveries.filter((d) => !d.duplicate).length;
    return results;
  };
  const claim = (now = T0, limit = 100, lane: 'normal' | 'critical' = 'normal') =>
    store.claim({ channel: 'email', lane, limit, now, leaseMs: 10_000 });
  const restart = async (now: number): Promise<void> => {
    await store.close();
    store = create();
    await store.open(now);
  };
  const stateOf = async (id: string): Promise<string | undefined> => (await store.find(id))?.state;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
    path = join(directory, 'store.db');
    accepted = 0;
    store = create();
    await store.open(T0);
  });

  afterEach(async () => {
    const { counts } = await store.snapshot();
    await store.close();
    rmSync(directory, { recursive: true });
    // G7 counts add up, whatever the test did.
    expect(counts.reduce((sum, row) => sum + row.count, 0)).toBe(accepted);
  });

  it('closes a window by count, and a late one opens the next', async () => {
    const results = await accept(Array.from({ length: 12 }, (_, i) => gathered(`n${i}`)));
    const messages = results.map((r) => ('deliveries' in r ? r.deliveries[0]?.messageId : ''));
    expect(new Set(messages).size).toBe(3);
    expect((await claim()).map((m) => m.entries.length)).toEqual([5, 5]);
    expect((await store.windows({})).items.map((w) => w.count)).toEqual([2]);
  });

  it('G4 closes a window at its time, also when it fell due while the process was down', async () => {
    await accept([gathered('a'), gathered('b', { priority: 'high' })]);
    expect(await store.nextDueAt()).toBe(T0 + 60_000);
    expect((await store.advance(T0 + 59_999, 10)).closed).toEqual([]);
    await restart(T0 + 70_000);
    expect((await store.windows({})).items.map((w) => [w.count, w.priority])).toEqual([[2, 'high']]);
    expect((await store.advance(T0 + 70_000, 10)).closed.map((c) => [c.count, c.reason])).toEqual([[2, 'time']]);
    expect((await claim(T0 + 70_000))[0]?.entries.map((e) => e.content.title)).toEqual(['a', 'b']);
  });

  it('G1 keeps what was accepted over a crash, and counts the try that was under way', async () => {
    const [result] = await accept([direct('a')]);
    const [message] = await claim();
    expect(await stateOf(idOf(result))).toBe('sending');
    await restart(T0 + 5);
    expect(await store.find(idOf(result))).toMatchObject({ state: 'queued', attempts: 1, lastError: { reason: 'interrupted' } });
    expect((await claim(T0 + 5))[0]).toMatchObject({ messageId: message?.messageId, attempt: 2 });
  });

  it('takes a message back when its lease ends, and ignores the late settlement', async () => {
    const [result] = await accept([direct('a')]);
    const [message] = await claim();
    await store.advance(T0 + 10_000, 10);
    expect(await stateOf(idOf(result))).toBe('queued');
    const late = await store.settle([{ messageId: message?.messageId ?? '', outcome: 'delivered' }], T0 + 10_001);
    expect(late).toEqual([]);
  });

  it('retries not before the moment, gives up, and replays under the same id', async () => {
    const [result] = await accept([direct('a')]);
    const failure = { reason: 'temporarily_refused', message: '451 later' } as const;
    const [first] = await claim();
    const messageId = first?.messageId ?? '';
    await store.settle([{ messageId, outcome: 'retry', failure, retryAt: T0 + 1_000, progress: { page: 1 } }], T0);
    expect(await claim(T0 + 999)).toEqual([]);
    await store.advance(T0 + 1_000, 10);
    expect((await claim(T0 + 1_000))[0]).toMatchObject({ attempt: 2, progress: { page: 1 } });
    await store.settle([{ messageId, outcome: 'dead', failure }], T0 + 1_001);
    expect((await store.dead({ reason: 'temporarily_refused' })).items.map((d) => d.id)).toEqual([idOf(result)]);
    expect(await store.replay({ ids: [idOf(result)] }, T0 + 2_000)).toBe(1);
    expect((await claim(T0 + 2_000))[0]).toMatchObject({ messageId, attempt: 1 });
  });

  it('answers an idempotency key with the first answer for 24 h, also over a restart', async () => {
    const notification = direct('a', { idempotencyKey: 'k' });
    const [first] = await accept([notification]);
    await restart(T0 + 1);
    const [again, other] = await accept([notification, direct('b', { idempotencyKey: 'k' })], T0 + 1);
    expect(again).toMatchObject({ deliveries: [{ id: idOf(first), duplicate: true, route: 'batch' }] });
    expect(other).toMatchObject({ refused: expect.any(IdempotencyConflictError) as unknown });
    const [later] = await accept([notification], T0 + 86_400_001);
    expect(idOf(later)).not.toBe(idOf(first));
  });

  it('replaces the older one with its dedupeKey within the window, also over a restart', async () => {
    const [older] = await accept([gathered('old', { dedupeKey: 's3' }), gathered('x')]);
    await restart(T0 + 1);
    await accept([gathered('new', { dedupeKey: 's3' })], T0 + 1);
    expect(await stateOf(idOf(older))).toBe('replaced');
    await store.flush({}, 'flush', T0 + 2);
    expect((await claim(T0 + 2))[0]?.entries.map((e) => e.content.title)).toEqual(['x', 'new']);
  });

  it('sends the leading one at once and gathers what follows; alone it is followed by nothing', async () => {
    await accept(Array.from({ length: 10 }, (_, i) => gathered(`n${i}`, {}, { leads: 1, maxCount: 20 })));
    expect((await claim()).map((m) => m.entries.length)).toEqual([1]);
    expect((await store.windows({})).items.map((w) => w.count)).toEqual([9]);
    await accept([gathered('alone', { groupKey: 'g' }, { leads: 1 })]);
    const { closed } = await store.advance(T0 + 60_000, 10);
    expect(closed.map((c) => [c.count, c.reason])).toEqual([
      [9, 'time'],
      [0, 'empty'],
    ]);
  });

  it('sends each on its own when fewer than minCount gathered', async () => {
    const results = await accept([gathered('a', {}, { minCount: 3 }), gathered('b')]);
    await store.advance(T0 + 60_000, 10);
    expect((await claim(T0 + 60_000)).map((m) => m.entries.map((e) => e.content.title))).toEqual([['a'], ['b']]);
    expect(await stateOf(idOf(results[0]))).toBe('sending');
  });

  it('cancels what is not yet sent, and refuses the rest', async () => {
    const [a, b] = await accept([gathered('a'), gathered('b'), direct('c')]);
    expect((await store.cancel(idOf(a), 'cancelled', T0)).state).toBe('cancelled');
    await expect(store.cancel(idOf(a), 'cancelled', T0)).rejects.toMatchObject({ status: 409 });
    await expect(store.cancel('d-nothing-1', 'cancelled', T0)).rejects.toMatchObject({ status: 404 });
    await store.flush({}, 'flush', T0);
    expect((await claim()).map((m) => m.entries.length).sort()).toEqual([1, 1]);
    await expect(store.cancel(idOf(b), 'cancelled', T0)).rejects.toMatchObject({ status: 409 });
  });

  it('never sends after expiresAt or before sendAt', async () => {
    const [early, gone] = await accept([
      direct('early', { sendAt: T0 + 100 }),
      gathered('gone', { expiresAt: T0 + 50 }),
      gathered('stays'),
    ]);
    expect(await claim()).toEqual([]);
    expect((await store.advance(T0 + 50, 10)).expired).toBe(1);
    expect(await stateOf(idOf(gone))).toBe('expired');
    await store.advance(T0 + 100, 10);
    expect((await claim(T0 + 100)).map((m) => m.entries[0]?.deliveryId)).toEqual([idOf(early)]);
  });

  it('G5 keeps critical ones on a lane of their own', async () => {
    await accept([...Array.from({ length: 50 }, (_, i) => direct(`n${i}`)), direct('fire', { priority: 'critical' })]);
    expect((await claim(T0, 1, 'critical'))[0]?.entries[0]?.content.title).toBe('fire');
    expect(await store.readiness()).toEqual([{ channel: 'email', critical: 0, urgent: 0, waiting: 50, waitingSince: T0 }]);
  });

  it('G8 refuses past its limit, a notification whole', async () => {
    await accept(Array.from({ length: 99 }, (_, i) => direct(`n${i}`)));
    const [refused, taken] = await accept([{ ...direct('two'), addresses: ['a@x', 'b@x'] }, direct('one')]);
    expect(refused).toMatchObject({ refused: expect.any(QueueFullError) as unknown });
    expect(taken).toHaveProperty('deliveries');
  });

  it('refuses a second process and a newer version, and damages neither', async () => {
    await expect(create().open(T0)).rejects.toThrow(StoreLockedError);
    await store.close();
    const db = new DatabaseSync(path);
    const known = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
    db.exec('PRAGMA user_version = 99');
    db.close();
    await expect(create().open(T0)).rejects.toThrow(StoreVersionError);
    const again = new DatabaseSync(path);
    expect(again.prepare('PRAGMA user_version').get()?.['user_version']).toBe(99);
    again.exec(`PRAGMA user_version = ${known}`);
    again.close();
    store = create();
    await store.open(T0);
  });

  it('prunes finished work in bounded steps and keeps the sums', async () => {
    await accept(Array.from({ length: 10 }, (_, i) => direct(`n${i}`)));
    const claimed = await claim();
    await store.settle(
      claimed.map(({ messageId }) => ({ messageId, outcome: 'delivered' })),
      T0,
    );
    const first = await store.prune(T0 + 1, T0, 4);
    expect(first).toEqual({ deliveries: 4, messages: 4, more: true });
    let total = first.deliveries;
    for (let more = true; more;) {
      const report = await store.prune(T0 + 1, T0, 4);
      total += report.deliveries;
      ({ more } = report);
    }
    expect(total).toBe(9);
    await restart(T0 + 2);
    const [next] = await accept([direct('next')], T0 + 2);
    expect(claimed.flatMap((m) => m.entries.map((e) => e.deliveryId))).not.toContain(idOf(next));
  });
});
