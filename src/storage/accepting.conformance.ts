import {
  BURST,
  deliveriesOf,
  direct,
  gathered,
  many,
  MAX_PENDING,
  type StoreBench,
  T0,
  titles,
} from './store-bench.conformance.js';
import { ONE_SLICE } from './whole-commands.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

const DAY_MS = 86_400_000;

/** What `accept` promises. */
export function itAccepts(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  it('makes one delivery an address, each in its own message, and answers in their order', async () => {
    const [result] = await on().accept([{ ...direct('a'), addresses: ['ann@x', 'bob@x', 'cy@x'] }]);
    const deliveries = deliveriesOf(result);
    expect(deliveries.map(({ to, route, duplicate }) => [to, route, duplicate])).toEqual([
      ['ann@x', 'batch', false],
      ['bob@x', 'batch', false],
      ['cy@x', 'batch', false],
    ]);
    expect(new Set(deliveries.flatMap(({ id, messageId }) => [id, messageId])).size).toBe(6);
  });

  it('gives the deliveries of a notification one notificationId, also over a crash, and repeats it to a duplicate', async () => {
    const three = { ...direct('a', { idempotencyKey: 'k' }), addresses: ['ann@x', 'bob@x', 'cy@x'] };
    const results = await on().accept([three, three, direct('b'), gathered('c'), gathered('d')]);
    const named = results.map((result) => ('refused' in result ? result.refused.reason : result.notificationId));
    expect(named[1]).toBe(named[0]);
    expect(new Set(named).size).toBe(4);
    await on().reopen('crash', T0 + 1);
    const [again] = await on().accept([three], T0 + 1);
    expect(again).toMatchObject({ notificationId: named[0] });
    for (const [at, result] of results.entries()) {
      for (const { id, channel } of deliveriesOf(result)) {
        expect(await on().store.find(id)).toMatchObject({ notificationId: named[at], channel });
      }
    }
    const { items } = await on().store.deliveries({});
    expect(items.map(({ notificationId }) => notificationId)).toEqual([4, 3, 2, 0, 0, 0].map((at) => named[at]));
  });

  it('shows a delivery as it was asked for', async () => {
    const [id] = await on().ids([direct('hello', { priority: 'high' })]);
    expect(await on().store.find(id!)).toEqual({
      id,
      notificationId: expect.any(String),
      type: 'login',
      channel: 'email',
      to: 'ann@example.com',
      title: 'hello',
      priority: 'high',
      state: 'queued',
      route: 'batch',
      messageId: expect.any(String),
      attempts: 0,
      createdAt: new Date(T0).toISOString(),
      updatedAt: new Date(T0).toISOString(),
    });
    expect(await on().store.find('d-elsewhere-1')).toBeUndefined();
  });

  it('keeps what was said, whatever the caller does to its object afterwards', async () => {
    const data = { key: 'before' };
    await on().accept([direct('a', { data })]);
    data.key = 'after';
    expect((await on().claim())[0]!.entries[0]!.content.data).toEqual({ key: 'before' });
  });

  it('answers an idempotency key with the first answer for 24 h, also over a crash', async () => {
    const notification = { ...direct('a', { idempotencyKey: 'k' }), addresses: ['ann@x', 'bob@x'] };
    const [first] = await on().accept([notification]);
    await on().reopen('crash', T0 + 1);
    const [again, other, toOthers] = await on().accept(
      [
        notification,
        { ...notification, content: { ...notification.content, title: 'b' } },
        { ...notification, addresses: ['ann@x'] },
      ],
      T0 + DAY_MS - 1,
    );
    expect(deliveriesOf(again)).toEqual(deliveriesOf(first).map((delivery) => ({ ...delivery, duplicate: true })));
    expect(other).toEqual({ refused: { reason: 'idempotency_conflict', idempotencyKey: 'k' } });
    expect(toOthers).toEqual({ refused: { reason: 'idempotency_conflict', idempotencyKey: 'k' } });
    const [later] = await on().accept([notification], T0 + DAY_MS);
    expect(deliveriesOf(later).map(({ duplicate }) => duplicate)).toEqual([false, false]);
  });

  it('gives the first answer word for word also when its delivery has moved since, over a crash too', async () => {
    const few = gathered('few', { idempotencyKey: 'few' }, { minCount: 3 });
    const burst = gathered('burst', { idempotencyKey: 'burst', to: 'bob@x' }, { ...BURST, leadingCount: 1 });
    const late = direct('late', { idempotencyKey: 'late', to: 'cy@x' });
    const all = [few, burst, late];
    const first = await on().accept(all);
    const answers = first.map((result) => deliveriesOf(result).map((delivery) => ({ ...delivery, duplicate: true })));
    const repeat = async (now: number) => (await on().accept(all, now)).map((result) => deliveriesOf(result));
    await on().accept([gathered('more', { to: 'bob@x' }, { ...BURST, leadingCount: 1 }), direct('later', { to: 'cy@x' })]);
    await on()
      .commands()
      .flush({}, T0 + 1);
    await on()
      .commands(ONE_SLICE)
      .clearBacklog('collapse', T0 + 2, T0 + 2);
    const now = await Promise.all(answers.flat().map(({ id }) => on().store.find(id)));
    const moved = now.map((view, index) => view?.messageId !== answers.flat()[index]?.messageId);
    expect(moved).toEqual([true, true, true]);
    expect(await repeat(T0 + 3)).toEqual(answers);
    await on().settle(await on().claim(T0 + 3), 'delivered', T0 + 3);
    await on().reopen('crash', T0 + 6);
    expect(await repeat(T0 + 7)).toEqual(answers);
  });

  it('takes addresses in another order for the same, and answers in the first order', async () => {
    const said = (addresses: readonly string[]) => ({ ...direct('a', { idempotencyKey: 'k' }), addresses });
    const [first] = await on().accept([said(['ann@x', 'bob@x', 'cy@x'])]);
    const [again] = await on().accept([said(['cy@x', 'ann@x', 'bob@x'])]);
    expect(deliveriesOf(again)).toEqual(deliveriesOf(first).map((delivery) => ({ ...delivery, duplicate: true })));
    expect(deliveriesOf(again).map(({ to }) => to)).toEqual(['ann@x', 'bob@x', 'cy@x']);
  });

  it('covers with an idempotency key what the caller said, whatever a rule made of it', async () => {
    const said = direct('a', { idempotencyKey: 'k' });
    const [first] = await on().accept([{ ...said, said: said.content, content: { ...said.content, dedupeKey: 'by a rule' } }]);
    const [again] = await on().accept([{ ...said, said: said.content }]);
    expect(deliveriesOf(again)).toEqual([{ ...deliveriesOf(first)[0]!, duplicate: true }]);
  });

  it('knows a duplicate within one call, and the order of fields makes no other content', async () => {
    const content = direct('a', { idempotencyKey: 'k', actor: { id: '7', name: 'Bob' } });
    const reordered = { ...content, content: { ...content.content, actor: { name: 'Bob', id: '7' } } };
    const [first, second] = await on().accept([content, reordered]);
    expect(deliveriesOf(second)).toEqual([{ ...deliveriesOf(first)[0]!, duplicate: true }]);
    expect(await on().claim()).toHaveLength(1);
  });

  it('G8 refuses past its limit, a notification whole, and a duplicate is none too many', async () => {
    const known = direct('known', { idempotencyKey: 'k' });
    await on().accept([known, ...many(MAX_PENDING - 2).map((title) => direct(title))]);
    const two = { ...direct('two'), addresses: ['a@x', 'b@x'] };
    const [refused, taken, full, duplicate] = await on().accept([two, direct('one'), direct('more'), known]);
    expect(refused).toEqual({ refused: { reason: 'queue_full', pending: MAX_PENDING - 1, maxPending: MAX_PENDING } });
    expect(taken).toHaveProperty('deliveries');
    expect(full).toEqual({ refused: { reason: 'queue_full', pending: MAX_PENDING, maxPending: MAX_PENDING } });
    expect(deliveriesOf(duplicate)[0]!.duplicate).toBe(true);
    const claimed = await on().claim(T0, { limit: 3 });
    await on().settle(claimed, 'delivered');
    expect(await on().ids(many(3).map((title) => direct(title)))).toHaveLength(3);
  });

  it('never sends before sendAt, and readies at that time, also over a restart', async () => {
    const [id] = await on().ids([direct('early', { sendAt: T0 + 100 }), direct('past', { sendAt: T0 - 100 })]);
    const past = await on().claim();
    expect(titles(past)).toEqual([['past']]);
    await on().settle(past, 'delivered');
    await on().reopen('restart', T0 + 1);
    expect(await on().store.nextDueAt()).toBe(T0 + 100);
    await on().store.advance(T0 + 99, 100);
    expect(await on().claim(T0 + 99)).toEqual([]);
    expect(await on().stateOf(id!)).toBe('queued');
    await on().store.advance(T0 + 100, 100);
    expect((await on().claim(T0 + 100)).map(({ entries }) => entries[0]!.deliveryId)).toEqual([id]);
  });

  it('gathers what has the same sendAt apart, until that time, whatever flush says', async () => {
    await on().accept([
      gathered('now'),
      gathered('a', { sendAt: T0 + 500 }),
      gathered('b', { sendAt: T0 + 500 }),
      gathered('c', { sendAt: T0 + 900 }),
    ]);
    expect((await on().store.windows({})).items.map(({ count }) => count)).toEqual([1, 2, 1]);
    expect((await on().commands().flush({}, T0)).map(({ count }) => count)).toEqual([1]);
    await on().store.advance(T0 + 500, 100);
    expect(titles(await on().claim(T0 + 500))).toEqual([['now'], ['a', 'b']]);
  });

  it('holds a window that is full before its sendAt until that time', async () => {
    const at = { sendAt: T0 + 500 };
    const [id] = await on().ids(many(5).map((title) => gathered(title, at)));
    expect(await on().stateOf(id!)).toBe('queued');
    expect(await on().claim()).toEqual([]);
    await on().store.advance(T0 + 500, 100);
    expect(await on().claim(T0 + 500)).toHaveLength(1);
  });

  it('never sends after expiresAt: gathering, queued, scheduled, waiting for a retry', async () => {
    const expiresAt = T0 + 50;
    const [gathering, alone, scheduled, retried] = await on().ids([
      gathered('gathering', { expiresAt }),
      direct('alone', { expiresAt, channel: 'slack' }),
      direct('scheduled', { expiresAt, sendAt: T0 + 80 }),
      direct('retried', { expiresAt }),
      gathered('stays'),
    ]);
    const [claimed] = await on().claim();
    await on().retry(claimed!, T0 + 60);
    expect((await on().store.advance(T0 + 49, 100)).expired).toBe(0);
    expect((await on().store.advance(T0 + 50, 100)).expired).toBe(4);
    for (const id of [gathering, alone, scheduled, retried]) {
      expect(await on().store.find(id!)).toMatchObject({
        state: 'expired',
        reason: 'expired',
        updatedAt: new Date(T0 + 50).toISOString(),
      });
    }
    await on().store.advance(T0 + 60_000, 100);
    expect(await on().store.readiness()).toMatchObject([{ channel: 'email', critical: 0, ready: 1, batchable: 0 }]);
    expect(titles(await on().claim(T0 + 60_000))).toEqual([['stays']]);
  });

  it('never claims what expired, though nobody advanced it', async () => {
    const [id] = await on().ids([direct('a', { expiresAt: T0 + 50 }), direct('b')]);
    expect(titles(await on().claim(T0 + 50))).toEqual([['b']]);
    expect(await on().stateOf(id!)).toBe('expired');
    expect(await on().store.readiness()).toEqual([]);
  });

  it('calls its listeners when work comes, until they stop listening', async () => {
    let calls = 0;
    const stop = on().store.onWork(() => calls++);
    await on().accept([direct('a')]);
    expect(calls).toBeGreaterThan(0);
    stop();
    const before = calls;
    await on().accept([direct('b')]);
    expect(calls).toBe(before);
  });
}
