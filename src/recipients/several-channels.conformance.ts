import { type NotificationContent } from '../model/notification.js';
import { type Preferences } from '../model/recipient.js';
import { type StoreBench, T0 } from '../storage/store-bench.conformance.js';
import { type StoreSuiteRunner } from '../storage/suite-runner.conformance.js';
import { RecipientBench } from './recipient-bench.conformance.js';

const IMMEDIATE: Preferences = { choices: [{ frequency: 'immediate' }] };
const DAILY: Preferences = { choices: [{ type: 'comment', channel: 'email', frequency: 'daily' }], digestAt: '18:00' };
const ESCALATION: readonly Partial<NotificationContent>[] = [
  { channel: 'sse' },
  { channel: 'push', afterMs: 300_000, unless: 'read' },
  { channel: 'email', afterMs: 3_600_000, unless: 'read' },
];

/** Notifications on several channels, and what was read, in every store, while the process ends without a word before every other step. */
export function itEscalates(on: () => StoreBench, { it, expect }: StoreSuiteRunner): void {
  type Options = ConstructorParameters<typeof RecipientBench>[1];
  const ann = (options: Options = {}): RecipientBench => new RecipientBench(on, { ...options, crashes: true });
  const nameOf = async (id: string): Promise<string> => (await on().store.find(id))?.notificationId ?? '';

  it('a channel comes so much later, unless it was read by then', async () => {
    for (const read of [false, true]) {
      const bench = ann({ preferences: IMMEDIATE });
      const [sse = '', push = '', email = ''] = await bench.acceptOn(ESCALATION, '10:00:00', 'a');
      await bench.pass('10:30:00');
      if (read) {
        const wanted = { ids: new Set([sse]), notifications: new Set([await nameOf(sse)]) };
        expect(await bench.read('10:30:00', wanted)).toBe(1);
        expect(await bench.read('10:30:00', wanted)).toBe(0);
      }
      await bench.pass('12:00:00');
      const sent = [
        ['2026-11-24T10:00:00.000Z', 'a', 'sse'],
        ['2026-11-24T10:05:00.000Z', 'a', 'push'],
      ];
      expect(bench.sent).toEqual(read ? sent : [...sent, ['2026-11-24T11:00:00.000Z', 'a', 'email']]);
      expect(await bench.stateOf(push)).toBe('delivered');
      expect(await bench.stateOf(email)).toBe(read ? 'cancelled/read' : 'delivered');
      await on().expectToAddUp();
    }
  });

  it('what was read leaves a digest, and nothing of it is left when all was read', async () => {
    const bench = ann({ preferences: DAILY });
    const [a, b, c] = [
      await bench.accept('10:00:00', 'a'),
      await bench.accept('10:01:00', 'b'),
      await bench.accept('10:02:00', 'c'),
    ];
    const readOne = async (at: string, id: string) =>
      bench.read(at, { ids: new Set([id]), notifications: new Set([await nameOf(id)]) });
    expect([await readOne('12:00:00', a), await readOne('13:00:00', c)]).toEqual([1, 1]);
    await bench.pass('2026-11-25T00:00:00');
    expect(bench.sent).toEqual([['2026-11-24T17:00:00.000Z', 'b', 'email']]);
    expect([await bench.stateOf(a), await bench.stateOf(b)]).toEqual(['cancelled/read', 'delivered']);
    const d = await bench.accept('2026-11-25T10:00:00', 'd');
    expect(await readOne('2026-11-25T11:00:00', d)).toBe(1);
    await bench.pass('2026-11-26T00:00:00');
    expect(bench.sent).toHaveLength(1);
  });

  it('all deliveries of a notification have its id, and one answer', async () => {
    const bench = ann({ preferences: IMMEDIATE });
    const ids = await bench.acceptOn(ESCALATION, '10:00:00', 'a');
    const views = await Promise.all(ids.map((id) => on().store.find(id)));
    expect(new Set(views.map((view) => view?.notificationId)).size).toBe(1);
    expect(views.map((view) => view?.channel)).toEqual(['sse', 'push', 'email']);
    expect(views[2]?.plan).toMatchObject({ dueAt: '2026-11-24T11:00:00.000Z', afterMs: 3_600_000 });
  });

  it('a key covers all channels: said again it gets the first answer, with other channels it is refused', async () => {
    const content = (channel: string): NotificationContent => {
      return { type: 'login', channel, title: 'a', priority: 'normal', idempotencyKey: 'order-91' };
    };
    const part = (channel: string) => {
      return { content: content(channel), addresses: ['user:42', 'user:43'], route: 'individual' as const };
    };
    const [answer] = await on().accept([{ ...part('slack'), also: [part('email')] }]);
    const [again] = await on().accept([{ ...part('email'), also: [part('slack')] }]);
    if (answer === undefined || 'refused' in answer) throw new Error('it was refused');
    expect(answer.deliveries.map(({ channel, to }) => [channel, to])).toEqual([
      ['slack', 'user:42'],
      ['slack', 'user:43'],
      ['email', 'user:42'],
      ['email', 'user:43'],
    ]);
    const deliveries = answer.deliveries.map((delivery) => ({ ...delivery, duplicate: true }));
    expect(again).toEqual({ notificationId: answer.notificationId, deliveries });
    expect(await on().accept([part('email')])).toMatchObject([{ refused: { reason: 'idempotency_conflict' } }]);
    expect(await on().commands().cancelMatching({ idempotencyKey: 'order-91' }, T0)).toMatchObject({ cancelled: 4 });
    await on().expectToAddUp();
  });

  it('is kept on all channels or on none', async () => {
    const part = (channel: string, count: number) => ({
      content: { type: 'login', channel, title: 'a', priority: 'normal' as const },
      addresses: Array.from({ length: count }, (_, index) => `user:${index}`),
      route: 'individual' as const,
    });
    const [result] = await on().accept([{ ...part('slack', 150), also: [part('email', 150)] }]);
    expect(result).toMatchObject({ refused: { reason: 'queue_full', pending: 0 } });
    await on().expectToAddUp();
  });

  it('waits apart from what its window would be closed for before, and no count closes it', async () => {
    const bench = ann({ rule: { maxCount: 3 } });
    const later = { channel: 'email', afterMs: 3_600_000, unless: 'read' } as const;
    await bench.accept('10:00:00', 'plain');
    for (const title of ['a', 'b', 'c', 'd']) await bench.acceptOn([{ channel: 'sse' }, later], '10:04:00', title);
    await bench.pass('12:00:00');
    expect(bench.sent.filter(([, , channel]) => channel === 'email')).toEqual([
      ['2026-11-24T10:05:00.000Z', 'plain', 'email'],
      ['2026-11-24T11:04:00.000Z', 'a b c d', 'email'],
    ]);
  });

  it('joins a digest that comes later anyway', async () => {
    const bench = ann({ preferences: DAILY });
    await bench.accept('10:00:00', 'plain');
    await bench.accept('10:04:00', 'a', { afterMs: 3_600_000, unless: 'read' });
    await bench.pass('2026-11-25T00:00:00');
    expect(bench.sent).toEqual([['2026-11-24T17:00:00.000Z', 'plain a', 'email']]);
  });

  it('comes no earlier when preferences change, and counts from a later sendAt', async () => {
    const bench = ann({ preferences: DAILY });
    const sendAt = Date.parse('2026-11-24T12:00:00Z');
    await bench.accept('10:00:00', 'a', { afterMs: 3_600_000, unless: 'read' });
    await bench.accept('10:00:00', 'b', { afterMs: 3_600_000, unless: 'read', sendAt, groupKey: 'other' });
    expect(await bench.change('10:30:00', IMMEDIATE)).toMatchObject({ sent: 0, moved: 2 });
    await bench.pass('2026-11-25T00:00:00');
    expect(bench.sent).toEqual([
      ['2026-11-24T11:00:00.000Z', 'a', 'email'],
      ['2026-11-24T13:00:00.000Z', 'b', 'email'],
    ]);
  });

  it('comes in any case without unless, unless it is named itself', async () => {
    const bench = ann({ preferences: IMMEDIATE });
    const [sse = '', email = ''] = await bench.acceptOn([{ channel: 'sse' }, { afterMs: 60_000 }], '10:00:00', 'a');
    const notifications = new Set([await nameOf(sse)]);
    expect(await bench.read('10:00:30', { ids: new Set([sse]), notifications })).toBe(0);
    expect(await bench.read('10:00:30', { ids: new Set([email]), notifications })).toBe(1);
    expect(await bench.stateOf(email)).toBe('cancelled/read');
  });

  it('reads what has a groupKey, and what came before a time', async () => {
    const bench = ann({ preferences: DAILY });
    const ids = [
      await bench.accept('10:00:00', 'a', { groupKey: 'post-7' }),
      await bench.accept('10:01:00', 'b', { groupKey: 'post-8' }),
      await bench.accept('10:02:00', 'c', { groupKey: 'post-7' }),
    ];
    expect(await bench.read('11:00:00', { groupKey: 'post-7', before: Date.parse('2026-11-24T10:02:00Z') })).toBe(1);
    expect(await bench.read('11:00:00', {})).toBe(2);
    expect(await Promise.all(ids.map((id) => bench.stateOf(id)))).toEqual(Array(3).fill('cancelled/read'));
  });

  it('without a recipient it waits so long too, scheduled or in a window', async () => {
    const now = Date.parse('2026-11-24T10:00:00Z');
    const content = { type: 'login', channel: 'email', title: 'a', priority: 'normal' as const, afterMs: 60_000 };
    await on().accept([{ content, addresses: ['ann@example.com'], route: 'individual' }], now);
    expect(await on().claim(now + 59_999)).toEqual([]);
    await on().store.advance(now + 60_000, 10);
    expect(await on().claim(now + 60_000)).toHaveLength(1);
  });
}
