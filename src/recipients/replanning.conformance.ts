import { type Preferences } from '../model/recipient.js';
import { type StoreBench } from '../storage/store-bench.conformance.js';
import { type StoreSuiteRunner } from '../storage/suite-runner.conformance.js';
import { RecipientBench } from './recipient-bench.conformance.js';

const IMMEDIATE: Preferences = { choices: [{ frequency: 'immediate' }] };
const DAILY: Preferences = { choices: [{ type: 'comment', channel: 'email', frequency: 'daily' }], digestAt: '18:00' };
const DAYTIME: Preferences = { hours: [{ from: '07:00', to: '22:00' }] };
const OFFICE: Preferences = { hours: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' }] };

/** What else holds for recipients in every store, while the process ends without a word before every other step. */
export function itReplans(on: () => StoreBench, { it, expect }: StoreSuiteRunner): void {
  type Options = ConstructorParameters<typeof RecipientBench>[1];
  const ann = (options: Options = {}): RecipientBench => new RecipientBench(on, { ...options, crashes: true });
  const mails = ({ sent }: RecipientBench): readonly (readonly string[])[] => sent.map(([at, titles]) => [at, titles]);

  it('one type of a message of several is turned off', async () => {
    const together = { channel: 'email', frequency: 'daily' as const, together: true };
    const bench = ann({ preferences: { choices: [together], digestAt: '18:00' } });
    await bench.accept('10:00:00', 'comment');
    const reminder = await bench.accept('11:00:00', 'reminder', { type: 'reminder' });
    const choices = [together, { type: 'reminder', frequency: 'off' as const }];
    expect(await bench.change('12:00:00', { choices, digestAt: '18:00' })).toEqual({
      sent: 0,
      moved: 0,
      unchanged: 1,
      cancelled: 1,
    });
    await bench.pass('2026-11-25T00:00:00');
    expect(await bench.stateOf(reminder)).toBe('cancelled/preference');
    expect(mails(bench)).toEqual([['2026-11-24T17:00:00.000Z', 'comment']]);
  });

  it('a count does not close what is held', async () => {
    const bench = ann({ preferences: DAYTIME, rule: { maxCount: 5 } });
    const titles = Array.from({ length: 12 }, (_, index) => `n${index + 1}`);
    for (const title of titles) await bench.accept('22:00:00', title);
    await bench.pass('2026-11-25T12:00:00');
    expect(mails(bench)).toEqual([['2026-11-25T06:00:00.000Z', titles.join(' ')]]);
  });

  it('weekly digests come on their day', async () => {
    const bench = ann({ preferences: { choices: [{ frequency: 'weekly' }] } });
    await bench.accept('10:00:00', 'a');
    await bench.accept('2026-11-29T22:00:00', 'b');
    await bench.pass('2026-12-01T00:00:00');
    expect(mails(bench)).toEqual([['2026-11-30T08:00:00.000Z', 'a b']]);
  });

  it('each entry restarts the quiet period of a sliding rule, up to the end of the hours', async () => {
    const bench = ann({ preferences: DAYTIME, rule: { mode: 'sliding' } });
    await bench.accept('20:50:00', 'a');
    await bench.accept('20:54:00', 'b');
    await bench.accept('20:58:00', 'c');
    await bench.pass('2026-11-25T12:00:00');
    expect(mails(bench)).toEqual([['2026-11-25T06:00:00.000Z', 'a b c']]);
  });

  it('a sendAt is a floor, and what is immediate comes by itself then', async () => {
    const bench = ann({ preferences: { ...IMMEDIATE, ...DAYTIME } });
    const sendAt = Date.parse('2026-11-24T15:00:00Z');
    await bench.accept('10:00:00', 'a', { sendAt });
    await bench.accept('10:01:00', 'b', { sendAt });
    await bench.accept('10:02:00', 'night', { sendAt: Date.parse('2026-11-25T02:00:00Z') });
    await bench.pass('2026-11-25T12:00:00');
    expect(mails(bench).toSorted()).toEqual([
      ['2026-11-24T15:00:00.000Z', 'a'],
      ['2026-11-24T15:00:00.000Z', 'b'],
      ['2026-11-25T06:00:00.000Z', 'night'],
    ]);
  });

  it('a muted key is cancelled, what waits of it too', async () => {
    const bench = ann({ preferences: DAILY });
    const muted = await bench.accept('10:00:00', 'a', { groupKey: 'post-7' });
    await bench.accept('10:00:00', 'b', { groupKey: 'post-8' });
    expect(await bench.change('11:00:00', { ...DAILY, mutedKeys: ['post-7'] })).toMatchObject({ cancelled: 1, unchanged: 1 });
    const later = await bench.accept('12:00:00', 'c', { groupKey: 'post-7' });
    for (const id of [muted, later]) expect(await bench.stateOf(id)).toBe('cancelled/muted');
  });

  it('an in-app stream ignores hours and mutes', async () => {
    const bench = ann({ preferences: { ...DAYTIME, mutedUntil: '2026-12-01T00:00:00Z' }, rule: { windowMs: 100 } });
    await bench.accept('22:00:00', 'a', { channel: 'sse' });
    await bench.pass('23:00:00');
    expect(bench.sent).toEqual([['2026-11-24T22:00:00.100Z', 'a', 'sse']]);
  });

  it('shows how a delivery is planned', async () => {
    const bench = new RecipientBench(on, { preferences: { ...DAILY, ...OFFICE } });
    const id = await bench.accept('10:00:00', 'a');
    expect(await on().store.find(id)).toMatchObject({
      to: 'user:42',
      plan: { frequency: 'daily', from: 'person', heldBy: 'hours', dueAt: '2026-11-25T08:00:00.000Z' },
    });
    const { items } = await on().store.windows({ channel: 'email', address: 'user:42' });
    expect(items).toMatchObject([{ plan: { frequency: 'daily', heldBy: 'hours' }, dueAt: '2026-11-25T08:00:00.000Z' }]);
    expect((await on().store.waitingRecipients({})).items).toEqual(['user:42']);
  });

  it('plans many windows of one recipient again in slices', async () => {
    const bench = new RecipientBench(on, { preferences: DAILY });
    for (let index = 0; index < 7; index++) await bench.accept('10:00:00', `n${index}`, { groupKey: `key-${index}` });
    await bench.pass('11:00:00');
    const moved = new RecipientBench(on, { preferences: { ...DAILY, digestAt: '20:00' } });
    expect(await moved.replan(Date.parse('2026-11-24T11:00:00Z'), 2)).toEqual({ sent: 0, moved: 7, unchanged: 0, cancelled: 0 });
  });

  it('cancels what was claimed, and counts no attempt', async () => {
    const bench = new RecipientBench(on, { preferences: IMMEDIATE });
    const now = Date.parse('2026-11-24T10:00:00Z');
    const plan = bench.planner.arrival({ type: 'comment', channel: 'email', title: 'a', priority: 'normal' }, now);
    const content = { type: 'comment', channel: 'email', title: 'a', priority: 'normal' } as const;
    const [id = ''] = await on().ids([{ content, addresses: ['user:42'], route: plan.route, plans: [plan] }], now);
    const [message] = await on().claim(now);
    const outcome = { messageId: message?.messageId ?? '', outcome: 'cancelled', reason: 'no_address' } as const;
    expect(await on().outcomes([outcome], now)).toEqual({ stale: [] });
    expect(await on().store.find(id)).toMatchObject({ state: 'cancelled', reason: 'no_address', attempts: 0 });
    expect(await on().claim(now)).toEqual([]);
  });

  it('keeps rows of people by their version', async () => {
    const { recipients } = on().store;
    expect(await recipients.put('user:1', '{"a":1}', 0)).toBe(true);
    expect(await recipients.put('user:1', '{"a":2}', 0)).toBe(false);
    expect(await recipients.put('user:1', '{"a":2}', 1)).toBe(true);
    expect([...(await recipients.find(['user:1', 'user:2']))]).toEqual([['user:1', { version: 2, value: '{"a":2}' }]]);
    expect([await recipients.remove('user:1'), await recipients.remove('user:1')]).toEqual([true, false]);
  });
}
