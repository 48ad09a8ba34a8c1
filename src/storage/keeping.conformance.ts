import { InvalidRequestError, StoreFailedError } from '../model/errors.js';
import { type Page, type PageRequest } from './notification-store.js';
import { direct, gathered, many, type StoreBench, T0 } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** What can be looked up, and for how long. */
export function itKeeps(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  /** Every page, in order. */
  async function pages<T>(read: (request: PageRequest) => Promise<Page<T>>, limit: number): Promise<T[][]> {
    const found: T[][] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const { items, next } = await read({ limit, ...(cursor === undefined ? {} : { cursor }) });
      found.push([...items]);
      more = next !== undefined;
      cursor = next;
    }
    return found;
  }

  it('pages through windows, oldest first, also when some close on the way', async () => {
    await on().accept(many(7).map((title) => gathered(title, { groupKey: title })));
    const all = await pages((request) => on().store.windows(request), 3);
    expect(all.map((items) => items.map(({ groupKey }) => groupKey))).toEqual([['n1', 'n2', 'n3'], ['n4', 'n5', 'n6'], ['n7']]);
    const { next } = await on().store.windows({ limit: 3 });
    await on().commands().flush({ messageId: all[0]![2]!.messageId }, T0);
    expect((await on().store.windows({ limit: 3, cursor: next! })).items.map(({ groupKey }) => groupKey)).toEqual([
      'n4',
      'n5',
      'n6',
    ]);
    expect((await on().store.windows({ limit: 6 })).next).toBeUndefined();
  });

  it('filters windows by channel, type, address, message and title', async () => {
    await on().accept([
      gathered('Disk full', { type: 'disk', groupKey: 'a' }),
      gathered('all well', { channel: 'slack', groupKey: 'b' }),
      gathered('disk again', { to: 'bob@x', groupKey: 'c' }),
    ]);
    const keys = async (query: Parameters<StoreBench['store']['windows']>[0]) =>
      (await on().store.windows(query)).items.map(({ groupKey }) => groupKey);
    const [first] = (await on().store.windows({})).items;
    expect(await keys({ q: 'DISK' })).toEqual(['a', 'c']);
    expect(await keys({ q: 'disk', address: 'bob@x' })).toEqual(['c']);
    expect(await keys({ channel: 'slack' })).toEqual(['b']);
    expect(await keys({ type: 'disk' })).toEqual(['a']);
    expect(await keys({ messageId: first!.messageId })).toEqual(['a']);
    expect(await keys({ messageId: 'm-elsewhere-1' })).toEqual([]);
  });

  it('shows the newest hundred entries of a window that are live, and counts all', async () => {
    const ids = await on().ids(many(120).map((title) => gathered(title, {}, { maxCount: 500 })));
    await on().store.cancel(ids[118]!, 'cancelled', T0);
    const [window] = (await on().store.windows({})).items;
    expect(window).toMatchObject({ count: 119, items: { length: 100, 0: { id: ids[19], title: 'n20' }, 99: { id: ids[119] } } });
  });

  it('pages through the dead, newest message first, whatever a page cuts', async () => {
    await on().accept([...many(5).map((title) => gathered(title)), direct('x'), direct('y')]);
    await on().settle(await on().claim(), 'dead');
    const all = await pages((request) => on().store.dead(request), 2);
    expect(all.flat().map(({ title }) => title)).toEqual(['y', 'x', 'n5', 'n4', 'n3', 'n2', 'n1']);
    expect(all.map(({ length }) => length)).toEqual([2, 2, 2, 1]);
    expect((await on().store.dead({ address: 'bob@x' })).items).toEqual([]);
    expect((await on().store.dead({ reason: 'internal' })).items).toEqual([]);
    expect((await on().store.dead({ ids: [all[0]![0]!.id] })).items.map(({ title }) => title)).toEqual(['y']);
  });

  for (const cursor of ['no-cursor', '', 'm-elsewhere-1', '1.x', "1'--"]) {
    it(`refuses a cursor that no page gave: ${JSON.stringify(cursor)}`, async () => {
      await expect(on().store.windows({ cursor })).rejects.toThrow(InvalidRequestError);
      await expect(on().store.dead({ cursor })).rejects.toThrow(InvalidRequestError);
    });
  }

  it('tells what one address got, over a crash too', async () => {
    const ids = await on().ids([gathered('a'), gathered('b'), direct('c'), direct('d'), direct('e', { to: 'bob@x' })]);
    const claimed = await on().claim(T0, { limit: 2 });
    await on().settle(claimed, 'delivered', T0 + 30);
    await on().store.cancel(ids[0]!, 'cancelled', T0 + 40);
    await on().accept([gathered('f')], T0 + 50);
    await on().reopen('crash', T0 + 60);
    expect(await on().store.address('email', 'nobody@x')).toBeUndefined();
    expect(await on().store.address('slack', 'ann@example.com')).toBeUndefined();
    const [ann, bob] = [await on().store.address('email', 'ann@example.com'), await on().store.address('email', 'bob@x')];
    expect(ann).toMatchObject({ openWindows: 1, lastActivityAt: T0 + 50, counts: { gathering: 2, cancelled: 1 } });
    expect((ann!.counts.delivered ?? 0) + (bob!.counts.delivered ?? 0)).toBe(2);
    expect(ann!.messagesSent + bob!.messagesSent).toBe(2);
    expect([ann!.messagesMade, bob!.messagesMade]).toEqual([3, 1]);
    expect(ann!.totalSendMs + bob!.totalSendMs).toBe(60);
    expect((ann!.counts.queued ?? 0) + (bob!.counts.queued ?? 0)).toBe(1);
  });

  it('an address was active when its last delivery was cancelled', async () => {
    const [id] = await on().ids([gathered('a')]);
    await on().store.cancel(id!, 'cancelled', T0 + 40);
    expect(await on().store.address('email', 'ann@example.com')).toMatchObject({ lastActivityAt: T0 + 40 });
  });

  it('counts by channel, type, route and state, also a mixed digest', async () => {
    const mixed = { groupBy: 'none', maxCount: 2 } as const;
    await on().accept([gathered('a', { type: 'a' }, mixed), gathered('b', { type: 'b' }, mixed), direct('c')]);
    const counts = async () =>
      (await on().store.snapshot()).counts
        .map(({ type, route, state, count }) => `${type} ${route} ${state} ${count}`)
        .toSorted();
    const claimed = await on().claim();
    expect(await counts()).toEqual(['a aggregate sending 1', 'b aggregate sending 1', 'login batch sending 1']);
    await on().settle(claimed.slice(0, 1), 'delivered');
    await on().settle(claimed.slice(1), 'released');
    await on().reopen('crash', T0);
    const settled = claimed[0]!.entries.length === 2 ? ['delivered', 'queued'] : ['queued', 'delivered'];
    expect(await counts()).toEqual([`a aggregate ${settled[0]} 1`, `b aggregate ${settled[0]} 1`, `login batch ${settled[1]} 1`]);
  });

  it('says how old the oldest window is and what waits', async () => {
    expect(await on().store.snapshot()).toEqual({
      counts: [],
      pending: 0,
      windows: { open: 0, items: 0 },
      messages: { queued: 0, sending: 0 },
    });
    await on().accept([gathered('a')], T0 + 1);
    await on().accept([gathered('b'), direct('c', { sendAt: T0 + 99 }), direct('d')], T0 + 2);
    expect(await on().store.snapshot()).toMatchObject({
      pending: 4,
      windows: { open: 1, items: 2, oldestAt: T0 + 1 },
      messages: { queued: 2, sending: 0 },
    });
  });

  it('adds up old history, interval by interval, and leaves what is younger', async () => {
    const minute = 60_000;
    const hour = 60 * minute;
    const row = (at: number, name: string, value: number, stepMs = minute) => ({ at, stepMs, name, value });
    await on().store.record([
      row(T0, 'a', 1),
      row(T0 + minute, 'a', 2),
      row(T0 + minute, 'b', 4),
      row(T0, 'a', 8, hour),
      row(T0 + hour, 'a', 16),
      row(T0 + 2 * hour, 'a', 32),
    ]);
    expect(await on().store.condenseHistory(T0 + 2 * hour - 1, hour)).toBe(true);
    expect(await on().store.condenseHistory(T0 + 2 * hour - 1, hour)).toBe(false);
    await on().reopen('crash', T0 + 3 * hour);
    expect(await on().store.history(0, T0 * 2)).toEqual([
      row(T0, 'a', 11, hour),
      row(T0, 'b', 4, hour),
      row(T0 + hour, 'a', 16),
      row(T0 + 2 * hour, 'a', 32),
    ]);
    expect(await on().store.condenseHistory(T0 * 2, hour)).toBe(true);
    expect(await on().store.condenseHistory(T0 * 2, hour)).toBe(true);
    expect(await on().store.condenseHistory(T0 * 2, hour)).toBe(false);
  });

  it('sums its history, and keeps it over a crash', async () => {
    const row = { at: T0, stepMs: 60_000, name: 'accepted', value: 3 };
    await on().store.record([row, { ...row, at: T0 + 60_000 }]);
    await on().store.record([row, { ...row, name: 'delivered.email' }]);
    await on().reopen('crash', T0);
    expect(await on().store.history(T0, T0 + 60_000)).toEqual([
      { ...row, value: 6 },
      { ...row, name: 'delivered.email' },
    ]);
    expect(await on().store.history(T0 + 1, T0 + 60_001)).toEqual([{ ...row, at: T0 + 60_000 }]);
    await on().prune({ finishedBefore: T0, historyBefore: T0 + 1 });
    expect(await on().store.history(0, T0 * 2)).toEqual([{ ...row, at: T0 + 60_000 }]);
  });

  it('keeps settings until they are forgotten', async () => {
    await on().store.state.set('rules', '[]');
    await on().store.state.set('other', 'x');
    await on().reopen('crash', T0);
    expect(await on().store.state.get('rules')).toBe('[]');
    await on().store.state.set('rules', undefined);
    expect([await on().store.state.get('rules'), await on().store.state.get('other')]).toEqual([undefined, 'x']);
  });

  it('opens and closes as often as it is told, and refuses everything while closed', async () => {
    const { store } = on();
    await store.open(T0);
    expect(await store.check()).toMatchObject({ ok: true });
    await store.close();
    await store.close();
    expect(await store.check()).toMatchObject({ ok: false });
    for (const call of [
      () => store.accept([direct('a')], T0),
      () => store.claim({ channel: 'email', lane: 'normal', limit: 1, leaseMs: 1, now: T0 }),
      () => store.find('d-x-1'),
      () => store.snapshot(),
    ]) {
      await expect(call()).rejects.toThrow(StoreFailedError);
    }
    await store.open(T0);
    expect((await store.snapshot()).pending).toBe(0);
  });
}
