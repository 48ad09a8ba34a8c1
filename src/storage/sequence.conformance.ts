import { type Outcome } from '../model/message.js';
import { direct, many, type StoreBench, T0, titles } from './store-bench.conformance.js';
import { type StoreSuiteRunner } from './suite-runner.conformance.js';

/** A channel whose messages are read back in the order in which they were delivered. */
export function itSequences(on: () => StoreBench, { expect, it }: StoreSuiteRunner): void {
  const deliver = async (now = T0, over: Parameters<StoreBench['claim']>[1] = {}): Promise<void> => {
    const messages = await on().claim(now, over);
    await on().outcomes(
      messages.map(({ messageId }): Outcome => ({ messageId, outcome: 'delivered', sequenced: true })),
      now,
    );
  };
  const page = (over: Partial<Parameters<StoreBench['store']['sequenced']>[0]> = {}) =>
    on().store.sequenced({ channel: 'email', after: 0, limit: 100, ...over });
  /** Titles in the order of the sequence. */
  const read = async (over: Parameters<typeof page>[0] = {}): Promise<string[]> => {
    const { messages } = await page(over);
    const found = await on().store.deliveredMessages(messages.map(({ messageId }) => messageId));
    const byId = new Map(found.map((message) => [message.messageId, message]));
    return messages.map(({ messageId }) => byId.get(messageId)?.entries[0]?.content.title ?? '');
  };

  it('numbers what is delivered in the order in which it was settled, over all addresses, and keeps that over a crash', async () => {
    await on().accept([direct('a'), direct('b', { to: '*' }), direct('c', { to: 'bob@x' }), direct('d')]);
    const claimed = await on().claim();
    const order = claimed.toReversed();
    await on().outcomes(order.map(({ messageId }): Outcome => ({ messageId, outcome: 'delivered', sequenced: true })));
    await on().reopen('crash', T0 + 1);
    const { messages, last, prunedThrough } = await page();
    expect(messages.map(({ messageId, address }) => [messageId, address])).toEqual(
      order.map(({ messageId, address }) => [messageId, address]),
    );
    const numbers = messages.map(({ sequence }) => sequence);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(4);
    expect([last, prunedThrough]).toEqual([numbers[3], 0]);
    expect(await read()).toEqual(titles(order).flat());
  });

  it('reads what is after a number, of some addresses, at most so many', async () => {
    await on().accept(many(9).map((title, index) => direct(title, { to: ['ann', 'bob', 'topic:x'][index % 3] ?? '' })));
    await deliver();
    const all = await read();
    const { messages } = await page();
    const third = messages[2]?.sequence ?? 0;
    expect(await read({ after: third })).toEqual(all.slice(3));
    expect(await read({ after: third, limit: 2 })).toEqual(all.slice(3, 5));
    const own = messages.filter(({ address }) => address !== 'bob').map(({ sequence }) => sequence);
    const some = await page({ addresses: ['ann', 'topic:x', 'nobody'] });
    expect(some.messages.map(({ sequence }) => sequence)).toEqual(own);
    const next = await page({ addresses: ['topic:x', 'ann'], after: own[1] ?? 0, limit: 3 });
    expect(next.messages.map(({ sequence }) => sequence)).toEqual(own.slice(2, 5));
    expect((await page({ channel: 'slack' })).messages).toEqual([]);
    expect(await page({ after: messages.at(-1)?.sequence ?? 0 })).toEqual({
      messages: [],
      last: messages.at(-1)?.sequence,
      prunedThrough: 0,
    });
  });

  it('each channel has its own numbers, and what is not asked to be in sequence has none', async () => {
    await on().accept([direct('a'), direct('b', { channel: 'slack' }), direct('plain', { to: 'bob@x' })]);
    const claimed = await on().claim();
    await on().outcomes(
      claimed.map(({ messageId, address }): Outcome => {
        return { messageId, outcome: 'delivered', ...(address === 'bob@x' ? {} : { sequenced: true }) };
      }),
    );
    expect(await read()).toEqual(['a']);
    expect((await page({ channel: 'slack' })).last).toBe(0);
    await deliver(T0, { channel: 'slack' });
    expect((await page({ channel: 'slack' })).messages).toHaveLength(1);
    expect(await read()).toEqual(['a']);
  });

  it('numbers grow whatever the clock does, and are never less than its microseconds', async () => {
    let now = T0 + 100_000;
    for (const step of [0, 0, 1, -3_000, 5, -60_000, 120_000, -1]) {
      now += step;
      const { last: before } = await page();
      await on().accept([direct('x')], now);
      await deliver(now);
      const { last, messages } = await page({ after: before });
      expect(messages.map(({ sequence }) => sequence)).toEqual([last]);
      expect(last).toBeGreaterThanOrEqual(now * 1_000);
      expect(last).toBeGreaterThan(before);
    }
  });

  it('a settlement that is stale, or said twice, gets no number of its own', async () => {
    await on().accept([direct('a')]);
    const [message] = await on().claim(T0, { leaseMs: 1_000 });
    const late = { messageId: message!.messageId, token: on().tokenOf(message!), outcome: 'delivered', sequenced: true } as const;
    await on().store.advance(T0 + 1_000, 10);
    await on().claim(T0 + 1_000);
    await on().store.settle([late], T0 + 1_000);
    expect((await page()).last).toBe(0);
    const held = { ...late, token: on().tokenOf(message!) };
    await on().store.settle([held, held], T0 + 1_001);
    expect((await page()).messages).toHaveLength(1);
    expect((await page()).last).toBe((T0 + 1_001) * 1_000);
  });

  it('says up to which number messages were pruned, also over a crash, and gives no number again', async () => {
    await on().accept([direct('old')]);
    await deliver(T0 + 1);
    const { last: old } = await page();
    await on().accept([direct('new'), direct('later')], T0 + 10);
    await deliver(T0 + 10, { limit: 1 });
    await on().prune({ finishedBefore: T0 + 10 });
    await on().reopen('crash', T0 + 11);
    expect(await page()).toMatchObject({ messages: [{}], prunedThrough: old });
    expect(await read()).toEqual(['new']);
    const { last } = await page();
    expect(last).toBeGreaterThan(old);
    await on().accept([direct('last', { to: 'bob@x' })], T0 + 20);
    await deliver(T0 + 20);
    expect((await page({ after: last })).messages.length).toBeGreaterThan(0);
  });

  it('what was erased of an address is not read by it any more', async () => {
    await on().accept([direct('a'), direct('b', { to: 'bob@x' }), direct('c', { to: 'bob@x' })]);
    await deliver();
    await on().store.forget('email', 'ann@example.com', { limit: 100, now: T0 + 1 });
    expect((await page({ addresses: ['ann@example.com'] })).messages).toEqual([]);
    expect((await read({ addresses: ['bob@x'] })).toSorted()).toEqual(['b', 'c']);
    expect(await on().store.deliveredMessages(['m-elsewhere-1'])).toEqual([]);
  });

  it('no message is read whose content was erased', async () => {
    await on().accept([direct('a', { priority: 'high' })]);
    await deliver();
    const { messages } = await page();
    await on().store.forget('email', 'ann@example.com', { limit: 100, now: T0 + 1 });
    expect(await on().store.deliveredMessages(messages.map(({ messageId }) => messageId))).toEqual([]);
  });
}
