import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConflictError } from '../../model/errors.js';
import { type NotificationContent } from '../../model/notification.js';
import { type WindowPolicy } from '../../model/window.js';
import { type AcceptResult } from '../notification-store.js';
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
const BRAKE: WindowPolicy = { ...POLICY, groupBy: 'none', leads: 3, maxCount: 100_000, brake: true };

describe('steering what gathers', () => {
  let directory: string;
  let store: SqliteStore;

  const create = (): SqliteStore =>
    new SqliteStore({ path: join(directory, 'store.db'), maxPending: 1_000, nextOccurrence: (_, at) => at + 1 });
  const give = async (
    titles: readonly string[],
    policy: WindowPolicy,
    over: Partial<NotificationContent> = {},
    now = T0,
  ): Promise<readonly AcceptResult[]> => {
    const acceptances = titles.map((title) => ({
      content: { type: 'alert', channel: 'email', title, priority: 'normal' as const, ...over },
      addresses: ['ann@example.com'],
      route: policy.brake === true ? ('batch' as const) : ('aggregate' as const),
      policy,
    }));
    return (await store.accept(acceptances, now)).results;
  };
  const idsOf = (results: readonly AcceptResult[]): string[] =>
    results.map((result) => ('deliveries' in result ? (result.deliveries[0]?.id ?? '') : ''));
  const routesOf = (results: readonly AcceptResult[]): string[] =>
    results.map((result) => ('deliveries' in result ? (result.deliveries[0]?.route ?? '') : ''));
  const claim = (now: number) => store.claim({ channel: 'email', lane: 'normal', limit: 100, now, leaseMs: 10_000 });
  const titles = (messages: Awaited<ReturnType<typeof claim>>): string[][] =>
    messages.map(({ entries }) => entries.map(({ content }) => content.title));
  const restart = async (now = T0): Promise<void> => {
    await store.close();
    store = create();
    await store.open(now);
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
    store = create();
    await store.open(T0);
  });

  afterEach(async () => {
    const { counts, windows } = await store.snapshot();
    const expected = windows.items;
    await store.close();
    rmSync(directory, { recursive: true });
    // G7 counts add up, whatever the test did.
    expect(counts.filter(({ state }) => state === 'gathering').reduce((sum, row) => sum + row.count, 0)).toBe(expected);
    expect(counts.every(({ count }) => count >= 0)).toBe(true);
  });

  it('keeps a window’s time and its other entries when the first is taken back, and records an empty one', async () => {
    const [first, second] = idsOf(await give(['one', 'two'], POLICY));
    expect(await store.cancel(first!, 'cancelled', T0 + 1)).toMatchObject({ state: 'cancelled', reason: 'cancelled' });
    const [window] = (await store.windows({})).items;
    expect(window).toMatchObject({ count: 1, dueAt: new Date(T0 + 60_000).toISOString() });
    expect(await store.cancel(second!, 'read', T0 + 2)).toMatchObject({ state: 'cancelled', reason: 'read' });
    await restart();
    expect(await store.find(second!)).toMatchObject({ state: 'cancelled', reason: 'read' });
    const { closed } = await store.advance(T0 + 60_000, 10);
    expect(closed).toMatchObject([{ count: 0, reason: 'empty' }]);
    expect(await claim(T0 + 60_000)).toEqual([]);
    await expect(store.cancel(first!, 'cancelled', T0)).rejects.toThrow(ConflictError);
  });

  it('takes back all of a key that was not sent yet', async () => {
    await give(['g1', 'g2'], POLICY, { groupKey: 'project-7' });
    await give(['d1'], POLICY, { dedupeKey: 'server-3' });
    const [keyed] = idsOf(await give(['i1'], POLICY, { idempotencyKey: 'order-91', type: 'order' }));
    await give(['other'], POLICY);
    expect(await store.cancelMatching({ groupKey: 'project-7' }, T0)).toEqual({ cancelled: 2, kept: 0 });
    expect(await store.cancelMatching({ dedupeKey: 'server-3', channel: 'slack' }, T0)).toEqual({ cancelled: 0, kept: 0 });
    expect(await store.cancelMatching({ dedupeKey: 'server-3' }, T0)).toEqual({ cancelled: 1, kept: 0 });
    expect(await store.cancelMatching({ idempotencyKey: 'order-91' }, T0)).toEqual({ cancelled: 1, kept: 0 });
    expect(await store.cancelMatching({ idempotencyKey: 'order-91' }, T0)).toEqual({ cancelled: 0, kept: 1 });
    expect(await store.find(keyed!)).toMatchObject({ state: 'cancelled' });
    await store.flush({}, 'flush', T0);
    expect(titles(await claim(T0))).toEqual([['other']]);
  });

  it('applies new rules to what is open, over a restart too', async () => {
    await give(['a1', 'a2'], POLICY, { type: 'a' });
    await give(['b1', 'b2'], POLICY, { type: 'b' });
    await give(['c1', 'c2'], POLICY, { type: 'c' });
    await give(['d1'], POLICY, { type: 'd' });
    const policies: Readonly<Record<string, WindowPolicy>> = {
      a: { ...POLICY, maxCount: 2 },
      c: { ...POLICY, windowMs: 600_000 },
      d: POLICY,
    };
    const report = await store.replan((type) => policies[type], T0 + 10);
    expect(report).toMatchObject({ changed: 1, unchanged: 1 });
    expect(report.closed.map(({ type, count, reason }) => [type, count, reason])).toEqual([
      ['a', 2, 'replan'],
      ['b', 2, 'replan'],
    ]);
    // Where nothing is gathered any more, each goes on its own.
    expect(titles(await claim(T0 + 10)).map((entries) => entries.length)).toEqual(expect.arrayContaining([2, 1, 1]));
    await restart();
    expect((await store.windows({})).items.map(({ type, dueAt }) => [type, dueAt])).toEqual([
      ['c', new Date(T0 + 600_000).toISOString()],
      ['d', new Date(T0 + 60_000).toISOString()],
    ]);
  });

  it('shows an open window as the message it would be', async () => {
    await give(['low'], POLICY, { priority: 'low' });
    const [result] = await give(['high'], POLICY, { priority: 'high' });
    const messageId = 'deliveries' in result! ? result.deliveries[0]!.messageId : '';
    const preview = await store.preview(messageId);
    expect(preview).toMatchObject({ messageId, priority: 'high', attempt: 1 });
    expect(preview?.entries.map(({ content }) => content.title)).toEqual(['low', 'high']);
    await store.flush({}, 'flush', T0);
    expect(await store.preview(messageId)).toBeUndefined();
  });

  it('brakes a storm: what is beyond the rate and what is still queued make one digest, and the next stretch starts anew', async () => {
    expect(routesOf(await give(['1', '2'], BRAKE))).toEqual(['batch', 'batch']);
    expect(titles(await claim(T0))).toEqual([['1'], ['2']]);
    expect(routesOf(await give(['3', '4', '5'], BRAKE))).toEqual(['batch', 'aggregate', 'aggregate']);
    // 3 was still queued: it is in the digest, and nothing else is left to claim.
    expect(await claim(T0)).toEqual([]);
    await restart();
    expect(routesOf(await give(['6'], BRAKE))).toEqual(['aggregate']);
    const { closed } = await store.advance(T0 + 60_000, 10);
    expect(closed).toMatchObject([{ count: 4, brake: true, reason: 'time' }]);
    expect(titles(await claim(T0 + 60_000))).toContainEqual(['3', '4', '5', '6']);
    expect(routesOf(await give(['7'], BRAKE, {}, T0 + 60_001))).toEqual(['batch']);
  });

  it('collapses an old backlog to one digest an address; what is critical or was tried goes as it is', async () => {
    await give(['w1', 'w2'], POLICY);
    await give(['other'], POLICY, { type: 'b' });
    const direct = (title: string, priority: 'normal' | 'critical') => ({
      content: { type: 'login', channel: 'email', title, priority },
      addresses: ['ann@example.com'],
      route: 'batch' as const,
    });
    await store.accept([direct('tried', 'normal')], T0);
    const [tried] = await claim(T0);
    const failure = { reason: 'timed_out', message: 'no answer' } as const;
    await store.settle([{ messageId: tried!.messageId, outcome: 'retry', failure, retryAt: T0 }], T0);
    await store.accept([direct('q1', 'normal'), direct('critical', 'critical'), direct('q2', 'normal')], T0);
    const now = T0 + 86_400_000;
    await restart(now);
    expect(await store.clearBacklog('collapse', now - 60_000, now)).toEqual({ deliveries: 5, messages: 1 });
    await restart(now);
    expect(titles(await claim(now)).sort()).toEqual([['tried'], ['w1', 'w2', 'other', 'q1', 'q2']]);
    const critical = await store.claim({ channel: 'email', lane: 'critical', limit: 9, now, leaseMs: 1 });
    expect(titles(critical)).toEqual([['critical']]);
  });

  it('expires an old backlog, and leaves what is not that old', async () => {
    const [old] = idsOf(await give(['old 1', 'old 2'], POLICY));
    await give(['new'], POLICY, { type: 'b' }, T0 + 86_400_000);
    const now = T0 + 86_400_000;
    expect(await store.clearBacklog('expire', now - 60_000, now)).toEqual({ deliveries: 2, messages: 0 });
    expect(await store.find(old!)).toMatchObject({ state: 'expired', reason: 'expired' });
    const { closed } = await store.advance(now + 60_000, 10);
    expect(closed.map(({ count, reason }) => [count, reason])).toEqual([
      [0, 'empty'],
      [1, 'time'],
    ]);
  });

  it('prunes what ended in a window whose entries went on their own', async () => {
    const [taken] = idsOf(await give(['taken', 'stays'], { ...POLICY, minCount: 3 }));
    await store.cancel(taken!, 'cancelled', T0);
    await store.flush({}, 'flush', T0);
    const messages = await claim(T0);
    expect(titles(messages)).toEqual([['stays']]);
    await store.settle([{ messageId: messages[0]!.messageId, outcome: 'delivered' }], T0);
    await give(['later'], POLICY, {}, T0 + 1);
    await store.prune(T0 + 10, 0, 100);
    expect(await store.find(taken!)).toBeUndefined();
  });

  it('keeps settings until they are forgotten', async () => {
    await store.saveSetting('rules', '[]');
    await restart();
    expect(await store.setting('rules')).toBe('[]');
    await store.saveSetting('rules', undefined);
    expect(await store.setting('rules')).toBeUndefined();
  });
});
