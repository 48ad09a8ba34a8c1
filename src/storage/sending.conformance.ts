import { expect, it } from '@jest/globals';
import { ConflictError, NotFoundError } from '../model/errors.js';
import {
  deliveriesOf,
  direct,
  FAILURE,
  gathered,
  iso,
  many,
  POLICY,
  type StoreBench,
  T0,
  titles,
} from './store-bench.conformance.js';

/** What claim, settle, cancel and replay promise. */
export function itSends(on: () => StoreBench): void {
  it('claims no message twice, at most the limit, and tells what is ready', async () => {
    await on().accept([...many(7).map((title, index) => direct(title, { to: `${index}@x` })), gathered('d')]);
    await on().store.flush({}, 'flush', T0 + 3);
    const ready = { channel: 'email', critical: 0 };
    expect(await on().store.readiness()).toEqual([{ ...ready, urgent: 1, waiting: 7, waitingSince: T0 }]);
    const first = await on().claim(T0 + 3, { limit: 5 });
    const second = await on().claim(T0 + 3, { limit: 5 });
    expect([first.length, second.length]).toEqual([5, 3]);
    expect(new Set([...first, ...second].map(({ messageId }) => messageId)).size).toBe(8);
    expect(await on().store.readiness()).toEqual([]);
    expect((await on().store.snapshot()).messages).toEqual({ queued: 0, sending: 8 });
    expect(await on().claim(T0 + 3, { channel: 'slack' })).toEqual([]);
  });

  it('tells since when the longest waiting one waits, whoever leaves', async () => {
    const [, later] = [
      await on().ids([direct('first', { priority: 'low' })], T0),
      await on().ids([direct('second', { priority: 'high' })], T0 + 10),
      await on().ids([direct('third')], T0 + 20),
    ];
    const since = async () => (await on().store.readiness())[0]?.waitingSince;
    expect(titles(await on().claim(T0 + 20, { limit: 1 }))).toEqual([['second']]);
    expect(later).toHaveLength(1);
    expect(await since()).toBe(T0);
    expect(titles(await on().claim(T0 + 20, { limit: 1 }))).toEqual([['third']]);
    expect(await since()).toBe(T0);
    await on().reopen('restart', T0 + 1_000);
    expect(await since()).toBe(T0);
  });

  it('G5 keeps critical ones on a lane of their own', async () => {
    await on().accept([...many(50).map((title) => direct(title)), direct('fire', { priority: 'critical' })]);
    expect(titles(await on().claim(T0, { lane: 'critical' }))).toEqual([['fire']]);
    expect(await on().store.readiness()).toMatchObject([{ critical: 0, urgent: 0, waiting: 50 }]);
    expect(await on().claim()).toHaveLength(50);
  });

  it('claims by priority', async () => {
    const priorities = ['low', 'normal', 'high', 'low', 'high', 'normal'] as const;
    await on().accept(priorities.map((priority, index) => direct(`${priority}${index}`, { priority, to: `${index}@x` })));
    const claimed = titles(await on().claim()).map(([title]) => title!.slice(0, -1));
    expect(claimed).toEqual(['high', 'high', 'normal', 'normal', 'low', 'low']);
  });

  it('a flood to one address does not stand in the way of others', async () => {
    await on().accept([...many(50).map((title) => direct(title)), direct('bob', { to: 'bob@x' })]);
    expect(titles(await on().claim(T0, { limit: 2 }))).toContainEqual(['bob']);
  });

  it('an old one of low priority goes before what comes much later', async () => {
    await on().accept([direct('old', { priority: 'low' })]);
    await on().accept(
      many(5).map((title, index) => direct(title, { to: `${index}@x` })),
      T0 + 600_001,
    );
    expect(titles(await on().claim(T0 + 600_001, { limit: 1 }))).toEqual([['old']]);
  });

  it('delivers', async () => {
    const [id] = await on().ids([direct('a')]);
    const [message] = await on().claim(T0 + 10);
    expect(await on().stateOf(id!)).toBe('sending');
    const settled = await on().store.settle([{ messageId: message!.messageId, outcome: 'delivered' }], T0 + 25);
    const { messageId, channel, address, type } = message!;
    expect(settled).toEqual([{ messageId, channel, address, type, state: 'delivered', count: 1 }]);
    expect(await on().store.find(id!)).toMatchObject({ state: 'delivered', attempts: 1, deliveredAt: iso(T0 + 25) });
    expect(await on().store.settle([{ messageId, outcome: 'dead', failure: FAILURE }], T0 + 26)).toEqual([]);
    expect(await on().stateOf(id!)).toBe('delivered');
  });

  it('retries not before the moment, with the same entries and what the transport kept, also over a crash', async () => {
    await on().accept(many(5).map((title) => gathered(title)));
    const [first] = await on().claim();
    const retry = {
      messageId: first!.messageId,
      outcome: 'retry',
      failure: FAILURE,
      retryAt: T0 + 1_000,
      progress: { page: 1 },
    } as const;
    await on().store.settle([retry], T0 + 1);
    await on().reopen('crash', T0 + 2);
    expect(await on().store.nextDueAt()).toBe(T0 + 1_000);
    await on().store.advance(T0 + 999, 10);
    expect(await on().claim(T0 + 999)).toEqual([]);
    await on().store.advance(T0 + 1_000, 10);
    expect(await on().claim(T0 + 1_000)).toEqual([{ ...first!, attempt: 2, progress: { page: 1 } }]);
    const { deliveryId } = first!.entries[0]!;
    expect((await on().store.find(deliveryId))!.lastError).toEqual({ ...FAILURE, at: iso(T0 + 1) });
  });

  it('a first try that was given back does not count', async () => {
    await on().accept([direct('a')]);
    const [message] = await on().claim();
    await on().store.settle([{ messageId: message!.messageId, outcome: 'released', retryAt: T0 + 50 }], T0);
    expect(await on().claim(T0 + 49)).toEqual([]);
    await on().store.advance(T0 + 50, 10);
    expect(await on().claim(T0 + 50)).toMatchObject([{ messageId: message!.messageId, attempt: 1 }]);
  });

  it('gives up, lists, and replays whole messages under the same ids and without attempts', async () => {
    const ids = await on().ids([...many(5).map((title) => gathered(title)), direct('single')]);
    const messages = await on().claim();
    await on().settle(messages, 'dead', T0 + 1);
    expect(await on().store.find(ids[0]!)).toMatchObject({ state: 'dead', reason: FAILURE.reason, lastError: FAILURE });
    expect((await on().store.dead({ reason: FAILURE.reason })).items).toHaveLength(6);
    expect(await on().store.replay({ ids: [ids[0]!] }, T0 + 2_000)).toBe(5);
    const [again] = await on().claim(T0 + 2_000);
    expect(again).toMatchObject({ messageId: messages.find(({ entries }) => entries.length === 5)!.messageId, attempt: 1 });
    expect((await on().store.dead({})).items.map(({ id }) => id)).toEqual([ids[5]]);
    expect(await on().store.replay({ channel: 'slack' }, T0 + 2_000)).toBe(0);
    expect(await on().store.replay({ address: 'nobody@example.com' }, T0 + 2_000)).toBe(0);
    expect(await on().store.replay({ reason: 'uncertain' }, T0 + 2_000)).toBe(0);
    expect(await on().store.replay({ type: 'login', reason: FAILURE.reason }, T0 + 2_000)).toBe(1);
  });

  it('keeps the tries that failed, over a crash and a replay, and says how far replays are', async () => {
    const [a] = await on().ids([direct('a'), direct('b'), direct('c')]);
    expect(await on().store.replays(5)).toEqual([]);
    await on().retry((await on().claim(T0, { limit: 1 }))[0]!, T0 + 10);
    await on().reopen('crash', T0 + 5);
    await on().store.advance(T0 + 10, 10);
    await on().settle(await on().claim(T0 + 10), 'dead', T0 + 20);
    const errors = [
      { ...FAILURE, at: iso(T0) },
      { ...FAILURE, at: iso(T0 + 20) },
    ];
    expect(await on().store.find(a!)).toMatchObject({ state: 'dead', lastError: errors[1], errors });
    expect(await on().store.replay({}, T0 + 30)).toBe(3);
    const at = iso(T0 + 30);
    expect(await on().store.replays(5)).toEqual([{ at, deliveries: 3, delivered: 0, dead: 0, pending: 3 }]);
    const [x, y] = await on().claim(T0 + 30);
    await on().settle([x!], 'delivered', T0 + 31);
    await on().settle([y!], 'dead', T0 + 31);
    await on().reopen('crash', T0 + 32);
    expect(await on().store.replays(5)).toEqual([{ at, deliveries: 3, delivered: 1, dead: 1, pending: 1 }]);
    await on().store.replay({}, T0 + 40);
    expect((await on().store.replays(5)).map(({ deliveries, pending }) => [deliveries, pending])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(await on().store.replays(1)).toHaveLength(1);
  });

  it('G3 what was settled outlives the process, and is settled once', async () => {
    await on().accept([direct('a'), direct('b')]);
    const [a, b] = await on().claim();
    const delivered = ({ messageId }: { readonly messageId: string }) => ({ messageId, outcome: 'delivered' }) as const;
    expect(await on().store.settle([delivered(a!)], T0 + 1)).toHaveLength(1);
    expect(await on().store.settle([delivered(a!)], T0 + 2)).toEqual([]);
    await on().reopen('crash', T0 + 3);
    expect(await on().claim(T0 + 3)).toMatchObject([{ messageId: b!.messageId, attempt: 2 }]);
  });

  it('a crash counts a try of what was still being sent, and of nothing else of its claim', async () => {
    const ids = await on().ids(['a', 'b', 'c', 'd', 'e'].map((title) => direct(title)));
    const [a, b, c, d] = await on().claim();
    await on().settle([a!], 'delivered', T0 + 1);
    await on().retry(b!, T0 + 1, T0 + 1);
    await on().settle([c!], 'dead', T0 + 1);
    await on().settle([d!], 'delivered', T0 + 1);
    await on().reopen('crash', T0 + 2);
    const found = await Promise.all(ids.map((id) => on().store.find(id)));
    expect(found.map((view) => [view?.state, view?.attempts, view?.lastError?.reason])).toEqual([
      ['delivered', 1, undefined],
      ['queued', 1, FAILURE.reason],
      ['dead', 1, FAILURE.reason],
      ['delivered', 1, undefined],
      ['queued', 1, 'interrupted'],
    ]);
  });

  it('keeps the last twenty failed tries', async () => {
    const [id] = await on().ids([direct('a')]);
    for (let i = 0; i < 25; i++) await on().retry((await on().claim(T0 + i))[0]!, T0 + i, T0 + i);
    expect((await on().store.find(id!))!.errors!.map(({ at }) => at)).toEqual(
      Array.from({ length: 20 }, (_, i) => iso(T0 + i + 5)),
    );
  });

  it('finds the dead of a mixed digest by their own types', async () => {
    const mixed = { groupBy: 'none', maxCount: 2 } as const;
    await on().accept([gathered('a', { type: 'a' }, mixed), gathered('b', { type: 'b' }, mixed)]);
    await on().settle(await on().claim(), 'dead');
    expect((await on().store.dead({ type: 'b' })).items.map(({ title }) => title)).toEqual(['b']);
    expect(await on().store.replay({ type: 'b' }, T0)).toBe(2);
  });

  it('expires what was replayed too late, though nobody claims it', async () => {
    const [id] = await on().ids([direct('a', { expiresAt: T0 + 100 })]);
    await on().settle(await on().claim(), 'dead');
    await on().store.advance(T0 + 100, 10);
    expect(await on().stateOf(id!)).toBe('dead');
    await on().store.replay({}, T0 + 200);
    await on().store.advance(T0 + 200, 10);
    expect(await on().stateOf(id!)).toBe('expired');
  });

  it('takes a message back when its lease ends, and ignores the late settlement', async () => {
    const [id] = await on().ids([direct('a')]);
    const [message] = await on().claim();
    expect(await on().store.nextDueAt()).toBe(T0 + 10_000);
    await on().store.advance(T0 + 9_999, 10);
    expect(await on().stateOf(id!)).toBe('sending');
    await on().store.advance(T0 + 10_000, 10);
    expect(await on().store.find(id!)).toMatchObject({ state: 'queued', attempts: 1, lastError: { reason: 'interrupted' } });
    expect(await on().store.settle([{ messageId: message!.messageId, outcome: 'delivered' }], T0 + 10_001)).toEqual([]);
    expect(await on().claim(T0 + 10_002)).toMatchObject([{ messageId: message!.messageId, attempt: 2 }]);
  });

  it('takes messages back in the order in which their leases end, whatever lease one of them had before', async () => {
    await on().accept([direct('a'), direct('b')]);
    const [a, b] = await on().claim(T0, { leaseMs: 7_000 });
    await on().store.settle([{ messageId: a!.messageId, outcome: 'retry', failure: FAILURE, retryAt: T0 }], T0);
    await on().claim(T0 + 1_000, { leaseMs: 7_000 });
    await on().store.advance(T0 + 9_000, 100);
    expect((await on().claim(T0 + 9_000)).map(({ messageId }) => messageId)).toEqual([b!.messageId, a!.messageId]);
  });

  it('the lease of an earlier claim does not end a later one', async () => {
    await on().accept([direct('a')]);
    await on().retry((await on().claim())[0]!, T0 + 5_000);
    await on().store.advance(T0 + 5_000, 10);
    const [message] = await on().claim(T0 + 5_000);
    await on().store.advance(T0 + 10_000, 10);
    const settled = await on().store.settle([{ messageId: message!.messageId, outcome: 'delivered' }], T0 + 10_001);
    expect(settled).toMatchObject([{ state: 'delivered' }]);
  });

  it.each(['restart', 'crash'] as const)('G1 loses nothing at a %s, and counts the try that was under way', async (how) => {
    const ids = await on().ids([direct('a'), gathered('b'), direct('c', { channel: 'slack' })]);
    const [message] = await on().claim();
    await on().reopen(how, T0 + 5);
    expect(await on().store.find(ids[0]!)).toMatchObject({ state: 'queued', attempts: 1, lastError: { reason: 'interrupted' } });
    expect(await Promise.all(ids.slice(1).map((id) => on().stateOf(id)))).toEqual(['gathering', 'queued']);
    expect(await on().claim(T0 + 5)).toMatchObject([{ messageId: message!.messageId, attempt: 2 }]);
  });

  it('cancels what is not yet sent, and refuses the rest', async () => {
    const [a, b, c, d] = await on().ids([gathered('a'), gathered('b'), direct('c'), direct('d', { sendAt: T0 + 9 })]);
    expect(await on().store.cancel(a!, 'cancelled', T0 + 1)).toMatchObject({ state: 'cancelled', reason: 'cancelled' });
    expect(await on().store.cancel(c!, 'read', T0 + 1)).toMatchObject({ state: 'cancelled', reason: 'read' });
    expect(await on().store.cancel(d!, 'cancelled', T0 + 1)).toMatchObject({ state: 'cancelled', updatedAt: iso(T0 + 1) });
    await on().reopen('crash', T0 + 1);
    expect(await on().store.find(c!)).toMatchObject({ state: 'cancelled', reason: 'read' });
    await expect(on().store.cancel(a!, 'cancelled', T0)).rejects.toThrow(ConflictError);
    await expect(on().store.cancel('d-nothing-1', 'cancelled', T0)).rejects.toThrow(NotFoundError);
    await on().store.flush({}, 'flush', T0 + 2);
    expect(await on().store.readiness()).toMatchObject([{ urgent: 1, waiting: 0 }]);
    expect(titles(await on().claim(T0 + 2))).toEqual([['b']]);
    await expect(on().store.cancel(b!, 'cancelled', T0 + 2)).rejects.toThrow(ConflictError);
    await on().store.advance(T0 + 9, 10);
    expect(await on().claim(T0 + 9)).toEqual([]);
  });

  it('a digest that was tried is frozen; before, one of it can be taken back', async () => {
    const ids = await on().ids(many(5).map((title) => gathered(title)));
    await on().store.cancel(ids[1]!, 'cancelled', T0);
    const [message] = await on().claim();
    expect(titles([message!])).toEqual([['n1', 'n3', 'n4', 'n5']]);
    await on().retry(message!, T0);
    await expect(on().store.cancel(ids[0]!, 'cancelled', T0)).rejects.toThrow('frozen');
    expect(await on().claim()).toHaveLength(1);
  });

  it('takes back all of a key that was not sent yet', async () => {
    const [keyed] = await on().ids([gathered('i1', { idempotencyKey: 'order-91', type: 'order' })]);
    await on().accept([
      ...['g1', 'g2'].map((title) => gathered(title, { groupKey: 'project-7' })),
      direct('g3', { groupKey: 'project-7', sendAt: T0 + 9 }),
      direct('g4', { groupKey: 'project-7', channel: 'slack' }),
      gathered('d1', { dedupeKey: 'server-3' }),
      gathered('other'),
    ]);
    await on().claim(T0, { channel: 'slack' });
    const { store } = on();
    expect(await store.cancelMatching({ groupKey: 'project-7' }, T0)).toEqual({ cancelled: 3, kept: 1 });
    expect(await store.cancelMatching({ dedupeKey: 'server-3', channel: 'slack' }, T0)).toEqual({ cancelled: 0, kept: 0 });
    expect(await store.cancelMatching({ dedupeKey: 'server-3', address: 'bob@x' }, T0)).toEqual({ cancelled: 0, kept: 0 });
    expect(await store.cancelMatching({ dedupeKey: 'server-3', type: 'alert' }, T0)).toEqual({ cancelled: 1, kept: 0 });
    expect(await store.cancelMatching({ idempotencyKey: 'order-91' }, T0)).toEqual({ cancelled: 1, kept: 0 });
    expect(await store.cancelMatching({ idempotencyKey: 'order-91' }, T0)).toEqual({ cancelled: 0, kept: 1 });
    expect(await store.cancelMatching({ idempotencyKey: 'unknown' }, T0)).toEqual({ cancelled: 0, kept: 0 });
    expect(await on().stateOf(keyed!)).toBe('cancelled');
    await store.flush({}, 'flush', T0);
    expect(titles(await on().claim(T0))).toEqual([['other']]);
  });

  it('G2 calls of one moment see each other: what is claimed cannot be taken back', async () => {
    const [id] = await on().ids([direct('a')]);
    const { store } = on();
    const [claimed, cancelled, twice] = await Promise.allSettled([
      on().claim(),
      store.cancel(id!, 'cancelled', T0),
      on().claim(),
    ]);
    expect(claimed).toMatchObject({ value: [{ attempt: 1 }] });
    expect(cancelled).toMatchObject({ status: 'rejected', reason: expect.any(ConflictError) as unknown });
    expect(twice).toMatchObject({ value: [] });
  });

  it('what is critical sends ahead, on its own lane, what gathers in order for its address', async () => {
    const ordered = { ordered: true } as const;
    await on().accept([gathered('a', {}, ordered), gathered('b', {}, ordered), gathered('other', { type: 'b' })]);
    await on().accept([gathered('bob', { to: 'bob@x' }, ordered)]);
    await on().accept([{ ...direct('fire', { priority: 'critical' }), sendsAhead: true }], T0 + 1);
    expect(titles(await on().claim(T0 + 1, { lane: 'critical' }))).toEqual([['a', 'b'], ['fire']]);
    expect(await on().claim(T0 + 1)).toEqual([]);
    expect((await on().store.windows({})).items.map(({ items }) => items.map(({ title }) => title))).toEqual([
      ['other'],
      ['bob'],
    ]);
  });

  it('what gathers in order only since new rules say so is sent ahead too', async () => {
    await on().accept([gathered('a', { priority: 'low' })]);
    await on().store.replan(() => ({ ...POLICY, ordered: true }), T0);
    await on().accept([{ ...direct('fire', { priority: 'critical' }), sendsAhead: true }]);
    const claimed = await on().claim(T0, { lane: 'critical' });
    expect(titles(claimed)).toEqual([['a'], ['fire']]);
    expect(claimed.map(({ priority }) => priority)).toEqual(['low', 'critical']);
  });

  it('finds the deliveries of an address, whatever became of them, newest first', async () => {
    const [a, b] = await on().ids([gathered('a'), gathered('b')]);
    const [c] = await on().ids([direct('c')], T0 + 1);
    await on().ids([direct('d', { to: 'bob@x' })], T0 + 1);
    await on().store.cancel(a!, 'cancelled', T0 + 2);
    const address = 'ann@example.com';
    const first = await on().store.deliveries({ address, limit: 2 });
    expect(first.items.map(({ id, state }) => [id, state])).toEqual([
      [c, 'queued'],
      [b, 'gathering'],
    ]);
    const second = await on().store.deliveries({ address, limit: 2, cursor: first.next! });
    expect(second.items.map(({ id, state }) => [id, state])).toEqual([[a, 'cancelled']]);
    expect(second.next).toBeUndefined();
    expect((await on().store.deliveries({ address, channel: 'slack' })).items).toEqual([]);
    await expect(on().store.deliveries({ address, cursor: 'nonsense' })).rejects.toThrow();
  });

  it('keeps the place of a delivered message in its address’s stream', async () => {
    await on().accept([direct('a'), direct('b'), direct('c'), direct('d', { to: 'bob@x' })]);
    const messages = await on().claim();
    const settlements = messages.map(({ messageId, entries }) => {
      const sequence = 1_000 - 'abcd'.indexOf(entries[0]!.content.title);
      return { messageId, outcome: 'delivered' as const, sequence };
    });
    await on().store.settle(settlements, T0);
    await on().reopen('crash', T0 + 1);
    const stream = await on().store.stream('email', 'ann@example.com', 0, 10);
    expect(stream.map(({ sequence }) => sequence)).toEqual([998, 999, 1_000]);
    expect(titles(stream.map(({ message }) => message))).toEqual([['c'], ['b'], ['a']]);
    expect(await on().store.stream('email', 'ann@example.com', 998, 1)).toMatchObject([{ sequence: 999 }]);
    expect(await on().store.stream('slack', 'ann@example.com', 0, 10)).toEqual([]);
  });

  it('calls of one moment see each other: settled dead, replayed and claimed', async () => {
    await on().accept([direct('a')]);
    const [message] = await on().claim();
    const [, replayed, claimed] = await Promise.all([
      on().settle([message!], 'dead'),
      on().store.replay({}, T0 + 1),
      on().claim(T0 + 1),
    ]);
    expect(replayed).toBe(1);
    expect(claimed).toMatchObject([{ messageId: message!.messageId, attempt: 1 }]);
    expect(await on().store.readiness()).toEqual([]);
  });

  it('answers for what it says in its acceptances: the message of a delivery carries it', async () => {
    const [result] = await on().accept([direct('a')]);
    const { id, messageId } = deliveriesOf(result)[0]!;
    expect(await on().claim()).toMatchObject([{ messageId, entries: [{ deliveryId: id, route: 'batch', acceptedAt: T0 }] }]);
  });
}
