import { MAX_ANSWER_CHARACTERS } from '../model/message.js';
import { type DeliveryQuery, type Page, type PageRequest } from './notification-store.js';
import { deliveriesOf, direct, gathered, iso, many, type StoreBench, T0, titles } from './store-bench.conformance.js';
import { ONE_SLICE } from './whole-commands.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** What an operator sees and does, in bounded steps. */
export function itIsAdministered(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  async function all<T>(read: (page: PageRequest) => Promise<Page<T>>): Promise<T[]> {
    const found: T[] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const page: Page<T> = await read(cursor === undefined ? {} : { cursor });
      found.push(...page.items);
      cursor = page.next;
      more = cursor !== undefined;
    }
    return found;
  }

  it('G8 a slice of a command changes at most its limit, and the slices together do all', async () => {
    const now = T0 + 1;
    const { store } = on();
    await on().accept(many(7).map((title) => gathered(title, { groupKey: title })));
    const sizes = async (step: (from: { readonly cursor?: string }) => Promise<readonly [number, string | undefined]>) => {
      const found: number[] = [];
      for (let from: { readonly cursor?: string } | undefined = {}; from !== undefined;) {
        const [size, next] = await step(from);
        found.push(size);
        from = next === undefined ? undefined : { cursor: next };
      }
      return found;
    };
    const flushed = await sizes(async (from) => {
      const { closed, next } = await store.flush({}, 'flush', { limit: 3, now, ...from });
      return [closed.length, next];
    });
    expect(Math.max(...flushed)).toBe(3);
    expect(flushed.reduce((sum, size) => sum + size, 0)).toBe(7);
    await on().settle(await on().claim(now), 'dead', now);
    const dismissed = await sizes(async (from) => {
      const report = await store.dismiss({ type: 'alert' }, { limit: 3, now, ...from });
      return [report.dismissed, report.next];
    });
    expect(Math.max(...dismissed)).toBeLessThanOrEqual(3);
    expect(dismissed.reduce((sum, size) => sum + size, 0)).toBe(7);
    await on().accept(many(7).map((title) => direct(title, { groupKey: 'g' })));
    const cancelled = await sizes(async (from) => {
      const report = await store.cancelMatching({ groupKey: 'g' }, { limit: 3, now, ...from });
      return [report.cancelled, report.next];
    });
    expect(Math.max(...cancelled)).toBe(3);
    expect(cancelled.reduce((sum, size) => sum + size, 0)).toBe(7);
  });

  it('a command leaves alone what was accepted after its first slice', async () => {
    const now = T0 + 1;
    await on().accept(many(4).map((title) => gathered(title, { groupKey: title })));
    const first = await on().store.flush({}, 'flush', { limit: 2, now });
    await on().accept([gathered('late', { groupKey: 'late' })]);
    const rest = await on().store.flush({}, 'flush', { limit: 10, now, cursor: first.next! });
    expect([first.closed.length, rest.closed.length, rest.next]).toEqual([2, 2, undefined]);
    expect((await on().store.windows({})).items).toMatchObject([{ groupKey: 'late' }]);
  });

  it('lists all deliveries, newest first, by state, channel, type, reason and time', async () => {
    const ids = await on().ids([gathered('a'), direct('b', { channel: 'slack' }), direct('c')]);
    await on().ids([direct('d', { to: 'bob@x' })], T0 + 5_000);
    await on().store.cancel(ids[0]!, 'read', T0 + 6_000);
    const list = async (query: DeliveryQuery) =>
      (await all((page) => on().store.deliveries({ ...query, ...page }))).map(({ title }) => title);
    expect(await list({})).toEqual(['d', 'c', 'b', 'a']);
    expect(await list({ limit: 1 })).toEqual(['d', 'c', 'b', 'a']);
    expect(await list({ state: 'queued', channel: 'email' })).toEqual(['d', 'c']);
    expect(await list({ state: 'cancelled' })).toEqual(['a']);
    expect(await list({ reason: 'read' })).toEqual(['a']);
    expect(await list({ type: 'login', to: T0 + 5_000 })).toEqual(['c', 'b']);
    expect(await list({ from: T0 + 1 })).toEqual(['d']);
    expect(await list({ address: 'ann@example.com', limit: 1 })).toEqual(['c', 'b', 'a']);
    await on().claim(T0, { channel: 'slack' });
    expect(await list({ state: 'sending' })).toEqual(['b']);
  });

  it('hides dead deliveries that were dismissed, which stay dead and are counted; only a replay by id takes them', async () => {
    const [first] = await on().ids(many(3).map((title) => gathered(title)));
    await on().accept([direct('x')]);
    await on().settle(await on().claim(T0 + 60_000), 'dead', T0 + 60_000);
    await on()
      .commands()
      .flush({}, T0 + 60_000);
    await on().settle(await on().claim(T0 + 60_000), 'dead', T0 + 60_000);
    const dismissed = (filter: object) => on().store.dismiss(filter, { limit: ONE_SLICE, now: T0 + 70_000 });
    expect(await dismissed({ ids: [first!] })).toEqual({ dismissed: 3 });
    expect(await dismissed({ ids: [first!] })).toEqual({ dismissed: 0 });
    expect((await on().store.dead({})).items.map(({ title }) => title)).toEqual(['x']);
    expect((await on().store.dead({ dismissed: true })).items).toHaveLength(4);
    expect(await on().stateOf(first!)).toBe('dead');
    expect(await on().store.dismissed(10)).toBe(3);
    const letters = await all((page) => on().store.deadLetters({}, page));
    expect(letters.map(({ count, dismissed: hidden }) => [count, hidden])).toEqual(
      letters[0]!.count === 1
        ? [
            [1, false],
            [3, true],
          ]
        : [
            [3, true],
            [1, false],
          ],
    );
    await on().reopen('crash', T0 + 80_000);
    expect(
      await on()
        .commands()
        .replay({}, T0 + 80_000),
    ).toBe(1);
    expect(
      await on()
        .commands()
        .replay({ ids: [first!] }, T0 + 80_000),
    ).toBe(3);
    expect(await on().store.dismissed(10)).toBe(0);
    expect(titles(await on().claim(T0 + 80_000)).toSorted()).toEqual([many(3), ['x']]);
  });

  it('tells of a message its rule, when and why it closed, its deliveries and its attempts, over a crash too', async () => {
    const ids = await on().ids(many(3).map((title) => gathered(title)));
    const messageId = (await on().store.find(ids[0]!))!.messageId;
    await on().store.cancel(ids[1]!, 'read', T0);
    expect(await on().store.message(messageId)).toMatchObject({ state: 'gathering', count: 2, dueAt: T0 + 60_000, attempts: 0 });
    await on()
      .commands()
      .flush({}, T0 + 7);
    const [claimed] = await on().claim(T0 + 7);
    await on().retry(claimed!, T0 + 8, T0 + 8);
    await on().reopen('crash', T0 + 9);
    const answer = `250 2.0.0 Ok: queued as ${'4F'.repeat(200)}`;
    const [again] = await on().claim(T0 + 9);
    await on().outcomes([{ messageId: again!.messageId, outcome: 'delivered', answer }], T0 + 9);
    await on().reopen('crash', T0 + 10);
    const record = await on().store.message(messageId);
    expect(record).toMatchObject({
      state: 'delivered',
      count: 2,
      attempts: 2,
      updatedAt: T0 + 9,
      answer: answer.slice(0, MAX_ANSWER_CHARACTERS),
      closed: { at: T0 + 7, by: 'flush' },
      errors: [{ reason: 'temporarily_refused', message: '451 later', at: iso(T0 + 8) }],
      message: { policy: { maxCount: 5 } },
    });
    expect(record!.deliveries.map(({ id, state }) => [id, state])).toEqual([
      [ids[0], 'delivered'],
      [ids[1], 'cancelled'],
      [ids[2], 'delivered'],
    ]);
    expect(titles([record!.message])).toEqual([['n1', 'n3']]);
    expect(await on().store.message('m-nothing-1')).toBeUndefined();
  });

  it('replays of one millisecond are told apart', async () => {
    const ids = await on().ids([direct('a'), direct('b')]);
    await on().settle(await on().claim(), 'dead');
    for (const id of ids)
      await on()
        .commands()
        .replay({ ids: [id] }, T0 + 1);
    expect(await on().store.replays(5)).toMatchObject([
      { id: '2', at: iso(T0 + 1), deliveries: 1 },
      { id: '1', at: iso(T0 + 1), deliveries: 1 },
    ]);
  });

  it('one id of a digest replays its whole message', async () => {
    const [id] = await on().ids(many(5).map((title) => gathered(title)));
    await on().settle(await on().claim(), 'dead');
    expect(
      await on()
        .commands()
        .replay({ ids: [id!, id!] }, T0 + 1),
    ).toBe(5);
  });

  it('tells what the addresses of a channel got, in their order', async () => {
    await on().accept([
      gathered('1'),
      gathered('2'),
      direct('3'),
      direct('4', { to: 'bob@x' }),
      direct('5', { channel: 'slack' }),
    ]);
    const results = await on().accept([direct('6', { to: 'bob@x' })]);
    await on().store.cancel(deliveriesOf(results[0])[0]!.id, 'cancelled', T0);
    expect(await all((page) => on().store.addresses('email', page))).toEqual([
      { address: 'ann@example.com', messages: 2, deliveries: 3, pending: 3, lastActivityAt: T0 },
      { address: 'bob@x', messages: 1, deliveries: 1, pending: 1, lastActivityAt: T0 },
    ]);
  });
}
