import { type SuppressionReason } from '../model/suppression.js';
import { direct, gathered, many, type StoreBench, T0, titles } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';
import { type NewSuppression, type SuppressionRecord } from './suppression-store.js';

const ANN = 'ann@example.com';
const SUPPRESSED = { state: 'cancelled', reason: 'suppressed' };
const suppression = (reason: SuppressionReason, over: Partial<NewSuppression> = {}): NewSuppression => ({
  channel: 'email',
  address: ANN,
  reason,
  at: T0,
  ...over,
});

/** What suppressed addresses do. */
export function itSuppresses(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  const add = async (...all: readonly NewSuppression[]): Promise<void> => {
    for (const one of all) await on().store.suppressions.add(one);
  };

  it('a delivery to a suppressed address ends where it is accepted, on that channel only', async () => {
    await add(suppression('complaint'));
    const [a, b, other, elsewhere] = await on().ids([
      direct('a'),
      gathered('b'),
      direct('c', { to: 'bob@x' }),
      direct('d', { channel: 'push' }),
    ]);
    for (const id of [a, b]) expect(await on().store.find(id!)).toMatchObject({ ...SUPPRESSED, attempts: 0, to: ANN });
    expect([await on().stateOf(other!), await on().stateOf(elsewhere!)]).toEqual(['queued', 'queued']);
    expect((await on().store.windows({})).items).toEqual([]);
    expect(titles(await on().claim())).toEqual([['c']]);
    await on().reopen('crash', T0 + 1);
    expect(await on().store.find(a!)).toMatchObject(SUPPRESSED);
    expect(await on().store.nextDueAt()).not.toBe(T0);
  });

  it('G1 an address is suppressed over a crash', async () => {
    await add(suppression('hard_bounce', { until: T0 + 1_000 }));
    await on().reopen('crash', T0 + 1);
    const [before] = await on().ids([direct('a')], T0 + 999);
    expect(await on().store.find(before!)).toMatchObject(SUPPRESSED);
    const [after] = await on().ids([direct('b')], T0 + 1_000);
    expect(await on().stateOf(after!)).toBe('queued');
  });

  it('what is critical passes a hard bounce, and what is required passes the rest', async () => {
    await add(suppression('hard_bounce', { address: 'h@x' }), suppression('complaint', { address: 'c@x' }));
    const critical = { priority: 'critical' } as const;
    const required = (to: string) => ({ ...direct('r', { to, type: 'security' }), isRequired: true });
    const ids = await on().ids([
      direct('1', { ...critical, to: 'h@x' }),
      direct('2', { ...critical, to: 'c@x' }),
      required('h@x'),
      required('c@x'),
    ]);
    const states = await Promise.all(ids.map((id) => on().stateOf(id)));
    expect(states).toEqual(['queued', 'cancelled', 'cancelled', 'queued']);
  });

  it('what waits is cancelled when its address is suppressed, and what is being sent is left', async () => {
    const [sending] = await on().ids([direct('sending')]);
    const [message] = await on().claim();
    const waiting = await on().ids([
      ...many(4, 'g').map((title) => gathered(title)),
      direct('direct'),
      direct('later', { sendAt: T0 + 500 }),
    ]);
    const [other, required, onPush] = await on().ids([
      gathered('other', { to: 'bob@x' }),
      gathered('required', { type: 'security' }),
      direct('push', { channel: 'push' }),
    ]);
    await add(suppression('complaint'));
    const report = await on()
      .commands()
      .cancelSuppressed('email', ANN, T0 + 1, new Set(['security']));
    expect(report).toEqual({ cancelled: 6, kept: 1 });
    for (const id of waiting) expect(await on().store.find(id)).toMatchObject(SUPPRESSED);
    expect(await on().stateOf(sending!)).toBe('sending');
    await on().settle([message!], 'delivered', T0 + 2);
    expect(await Promise.all([other, required, onPush].map((id) => on().stateOf(id!)))).toEqual([
      'gathering',
      'gathering',
      'queued',
    ]);
    await on().reopen('crash', T0 + 3);
    await on().store.advance(T0 + 60_000, 100);
    expect(titles(await on().claim(T0 + 60_000, { requiredTypes: new Set(['security']) }))).toEqual([['other'], ['required']]);
    const again = await on()
      .commands()
      .cancelSuppressed('email', ANN, T0 + 60_000);
    expect(again).toEqual({ cancelled: 0, kept: 1 });
  });

  it('a digest that was attempted is cancelled too', async () => {
    const ids = await on().ids(many(5).map((title) => gathered(title)));
    const [message] = await on().claim();
    await on().retry(message!, T0 + 10);
    await add(suppression('hard_bounce'));
    expect(
      await on()
        .commands()
        .cancelSuppressed('email', ANN, T0 + 1),
    ).toEqual({ cancelled: 5, kept: 0 });
    for (const id of ids) expect(await on().store.find(id)).toMatchObject(SUPPRESSED);
    await on().store.advance(T0 + 10, 10);
    expect(await on().claim(T0 + 10)).toEqual([]);
  });

  it('what was accepted before its address was suppressed is stopped where it is claimed', async () => {
    const [a] = await on().ids([direct('a')]);
    const policy = { groupBy: 'none' } as const;
    const [b, c] = await on().ids([gathered('b', {}, policy), gathered('c', { type: 'security' }, policy)]);
    await add(suppression('unsubscribe'));
    await on().store.advance(T0 + 60_000, 10);
    const claimed = await on().claim(T0 + 60_000, { requiredTypes: new Set(['security']) });
    expect(titles(claimed)).toEqual([['c']]);
    for (const id of [a, b]) expect(await on().store.find(id!)).toMatchObject(SUPPRESSED);
    await on().settle(claimed, 'delivered', T0 + 60_001);
    expect(await on().stateOf(c!)).toBe('delivered');
  });

  it('tells of what is stopped', async () => {
    const ended: unknown[] = [];
    const listen = (): void => void on().store.onEnded({ wants: () => true, ended: (all) => void ended.push(...all) });
    listen();
    await on().ids([direct('waits')]);
    await add(suppression('complaint'));
    await on().ids([direct('accepted')]);
    await on().claim();
    const expected = { state: 'cancelled', reason: 'suppressed', address: ANN, type: 'login' };
    expect(ended).toEqual([expect.objectContaining(expected), expect.objectContaining(expected)]);
  });

  it('says of many addresses why they are suppressed now', async () => {
    await add(
      suppression('hard_bounce', { until: T0 + 10 }),
      suppression('complaint'),
      suppression('manual', { address: 'bob@x', channel: 'push' }),
    );
    const reasons = async (now: number) => {
      const found = await on().store.suppressions.reasonsOf('email', [ANN, 'bob@x', 'eve@x'], now);
      return [...found].map(([address, why]) => [address, why.toSorted()]);
    };
    expect(await reasons(T0)).toEqual([[ANN, ['complaint', 'hard_bounce']]]);
    expect(await reasons(T0 + 10)).toEqual([[ANN, ['complaint']]]);
    expect(await on().store.suppressions.reasonsOf('email', [], T0)).toEqual(new Map());
  });

  it('a suppression that is said again is replaced, and one that was removed stays visible with its note', async () => {
    const { suppressions } = on().store;
    await add(suppression('complaint', { note: 'first' }), suppression('complaint', { note: 'second', at: T0 + 1 }));
    expect((await suppressions.page({}, T0 + 1)).items).toEqual([suppression('complaint', { note: 'second', at: T0 + 1 })]);
    await add(suppression('hard_bounce', { until: T0 + 100 }));
    expect(
      await suppressions.remove({ channel: 'email', address: ANN, reason: 'complaint', note: 'asked by phone' }, T0 + 2),
    ).toBe(1);
    expect(await suppressions.remove({ channel: 'email', address: ANN, reason: 'complaint', note: 'twice' }, T0 + 3)).toBe(0);
    expect((await suppressions.page({}, T0 + 3)).items.map(({ reason }) => reason)).toEqual(['hard_bounce']);
    expect(await suppressions.remove({ channel: 'email', address: ANN, note: 'all' }, T0 + 4)).toBe(1);
    const [delivery] = await on().ids([direct('a')], T0 + 5);
    expect(await on().stateOf(delivery!)).toBe('queued');
    await add(suppression('complaint', { at: T0 + 6 }));
    await on().reopen('crash', T0 + 6);
    const shown: readonly SuppressionRecord[] = (await on().store.suppressions.page({ ended: true }, T0 + 6)).items;
    expect(shown.map(({ reason, removedAt, removedNote }) => [reason, removedAt, removedNote])).toEqual([
      ['complaint', undefined, undefined],
      ['hard_bounce', T0 + 4, 'all'],
      ['complaint', T0 + 2, 'asked by phone'],
    ]);
  });

  it('lists newest first, in pages, by channel, address and reason', async () => {
    const addresses = many(7, 'a').map((name) => `${name}@x`);
    await add(...addresses.map((address, i) => suppression(i % 2 === 0 ? 'complaint' : 'manual', { address, at: T0 + i })));
    await add(suppression('complaint', { channel: 'push', address: 'a1@x', at: T0 + 9 }));
    const all = async (query: object, limit: number): Promise<readonly string[]> => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await on().store.suppressions.page({ ...query, limit, ...(cursor && { cursor }) }, T0 + 10);
        found.push(...page.items.map(({ channel, address }) => `${channel} ${address}`));
        cursor = page.next;
      } while (cursor !== undefined);
      return found;
    };
    const emails = addresses.map((address) => `email ${address}`).toReversed();
    for (const limit of [1, 3, 200]) {
      expect(await all({}, limit)).toEqual(['push a1@x', ...emails]);
      expect(await all({ channel: 'email', reason: 'manual' }, limit)).toEqual(emails.filter((_, i) => i % 2 === 1));
      expect(await all({ channel: 'email', address: 'a1@x' }, limit)).toEqual(['email a1@x']);
      expect(await all({ channel: 'email', address: 'nobody@x' }, limit)).toEqual([]);
    }
    await expect(on().store.suppressions.page({ cursor: 'x' }, T0)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('an address that was erased stays suppressed, and can be removed', async () => {
    const { suppressions } = on().store;
    await add(suppression('complaint', { note: `${ANN} said so` }), suppression('complaint', { address: 'bob@x' }));
    expect(await suppressions.forget('email', ANN)).toBe(1);
    expect(await suppressions.forget('email', ANN)).toBe(0);
    await on().reopen('crash', T0 + 1);
    const kept = await on().store.suppressions.page({}, T0 + 1);
    expect(kept.items.map(({ address, note }) => [address, note])).toEqual([
      ['bob@x', undefined],
      ['', undefined],
    ]);
    const [id] = await on().ids([direct('a')], T0 + 1);
    expect(await on().store.find(id!)).toMatchObject(SUPPRESSED);
    expect(await on().store.suppressions.remove({ channel: 'email', address: ANN, note: 'back' }, T0 + 2)).toBe(1);
    const [later] = await on().ids([direct('b')], T0 + 3);
    expect(await on().stateOf(later!)).toBe('queued');
  });

  it('G8 what ended long ago is pruned, a bounded part of it', async () => {
    const { suppressions } = on().store;
    await add(
      suppression('hard_bounce', { until: T0 + 10 }),
      suppression('complaint', { address: 'bob@x' }),
      suppression('complaint', { address: 'eve@x' }),
    );
    await suppressions.remove({ channel: 'email', address: 'bob@x', note: 'n' }, T0 + 5);
    expect(await suppressions.prune(T0 + 5, 10)).toBe(0);
    expect(await suppressions.prune(T0 + 11, 1)).toBe(1);
    expect(await suppressions.prune(T0 + 11, 10)).toBe(1);
    expect((await suppressions.page({ ended: true }, T0 + 11)).items.map(({ address }) => address)).toEqual(['eve@x']);
  });
}
