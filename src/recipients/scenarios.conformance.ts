import { type Preferences } from '../model/recipient.js';
import { type StoreBench } from '../storage/store-bench.conformance.js';
import { type StoreSuiteRunner } from '../storage/suite-runner.conformance.js';
import { RecipientBench } from './recipient-bench.conformance.js';

const IMMEDIATE: Preferences = { choices: [{ frequency: 'immediate' }] };
const DAILY: Preferences = { choices: [{ type: 'comment', channel: 'email', frequency: 'daily' }], digestAt: '18:00' };
const DAYTIME: Preferences = { hours: [{ from: '07:00', to: '22:00' }] };
const OFFICE: Preferences = { hours: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' }] };

/** What a recipient in Vienna (UTC+1 in winter) gets and when, to the millisecond, while the process ends without a word before every other step. */
export function itPlans(on: () => StoreBench, { it, expect }: StoreSuiteRunner): void {
  type Options = ConstructorParameters<typeof RecipientBench>[1];
  const ann = (options: Options = {}): RecipientBench => new RecipientBench(on, { ...options, crashes: true });
  const mails = ({ sent }: RecipientBench): readonly (readonly string[])[] => sent.map(([at, titles]) => [at, titles]);

  it('without preferences the rules of the application apply', async () => {
    const bench = ann();
    await bench.accept('10:00:00', 'a');
    await bench.accept('10:03:00', 'b');
    await bench.pass('12:00:00');
    expect(mails(bench)).toEqual([['2026-11-24T10:05:00.000Z', 'a b']]);
  });

  it('what is immediate comes one by one', async () => {
    const bench = ann({ preferences: IMMEDIATE });
    await bench.accept('10:00:00', 'a');
    await bench.accept('10:03:00', 'b');
    expect(mails(bench)).toEqual([
      ['2026-11-24T10:00:00.000Z', 'a'],
      ['2026-11-24T10:03:00.000Z', 'b'],
    ]);
  });

  it('what is daily comes at its time, and what comes at that time on the next day', async () => {
    const bench = ann({ preferences: DAILY });
    await bench.accept('10:00:00', 'a');
    await bench.accept('16:59:59.999', 'b');
    await bench.accept('17:00:00.000', 'c');
    await bench.pass('2026-11-26T00:00:00');
    expect(mails(bench)).toEqual([
      ['2026-11-24T17:00:00.000Z', 'a b'],
      ['2026-11-25T17:00:00.000Z', 'c'],
    ]);
  });

  it('what is off is cancelled at once, but for what is required', async () => {
    const bench = ann({ preferences: { choices: [{ channel: 'email', frequency: 'off' }] }, required: ['security'] });
    const comment = await bench.accept('10:00:00', 'a');
    await bench.accept('10:00:00', 's', { type: 'security' });
    expect(await bench.stateOf(comment)).toBe('cancelled/preference');
    await bench.pass('12:00:00');
    expect(mails(bench)).toEqual([['2026-11-24T10:05:00.000Z', 's']]);
  });

  it('what is immediate gathers outside of the hours', async () => {
    const bench = ann({ preferences: { ...IMMEDIATE, ...DAYTIME } });
    await bench.accept('21:30:00', 'a');
    await bench.accept('2026-11-25T02:00:00', 'b');
    await bench.accept('2026-11-25T06:00:01', 'c');
    expect(mails(bench)).toEqual([
      ['2026-11-25T06:00:00.000Z', 'a b'],
      ['2026-11-25T06:00:01.000Z', 'c'],
    ]);
  });

  it('hours include their beginning and not their end', async () => {
    const bench = ann({ preferences: { ...IMMEDIATE, ...DAYTIME } });
    await bench.accept('20:59:59.999', 'a');
    await bench.accept('21:00:00.000', 'b');
    await bench.accept('2026-11-25T06:00:00.000', 'c');
    expect(mails(bench).toSorted()).toEqual([
      ['2026-11-24T20:59:59.999Z', 'a'],
      ['2026-11-25T06:00:00.000Z', 'b'],
      ['2026-11-25T06:00:00.000Z', 'c'],
    ]);
  });

  it('what is critical comes at any hour, on its own', async () => {
    const bench = ann({ preferences: { ...IMMEDIATE, ...DAYTIME } });
    await bench.accept('22:00:00', 'a');
    await bench.accept('2026-11-25T02:00:00', 'X', { priority: 'critical' });
    await bench.pass('2026-11-25T12:00:00');
    expect(mails(bench)).toEqual([
      ['2026-11-25T02:00:00.000Z', 'X'],
      ['2026-11-25T06:00:00.000Z', 'a'],
    ]);
  });

  it('a weekend is one message', async () => {
    const bench = ann({ preferences: { ...IMMEDIATE, ...OFFICE } });
    await bench.accept('2026-11-27T16:30:00', 'a');
    await bench.accept('2026-11-28T12:00:00', 'b');
    await bench.pass('2026-12-01T00:00:00');
    expect(mails(bench)).toEqual([['2026-11-30T08:00:00.000Z', 'a b']]);
  });

  it('hours follow the clock as it goes forward and back', async () => {
    const bench = ann({ preferences: { ...IMMEDIATE, ...DAYTIME } });
    await bench.accept('2026-03-28T22:00:00', 'spring');
    await bench.accept('2026-10-24T21:00:00', 'autumn');
    await bench.pass('2026-10-26T00:00:00');
    expect(mails(bench)).toEqual([
      ['2026-03-29T05:00:00.000Z', 'spring'],
      ['2026-10-25T06:00:00.000Z', 'autumn'],
    ]);
  });

  it('a daily digest outside of the hours waits for them', async () => {
    const bench = ann({ preferences: { ...DAILY, ...OFFICE } });
    await bench.accept('10:00:00', 'a');
    await bench.accept('2026-11-25T07:00:00', 'b');
    await bench.pass('2026-11-26T00:00:00');
    expect(mails(bench)).toEqual([['2026-11-25T08:00:00.000Z', 'a b']]);
  });

  it('what waits is sent when it becomes immediate', async () => {
    const bench = ann({ preferences: DAILY });
    await bench.accept('09:00:00', 'a');
    await bench.accept('10:00:00', 'b');
    await bench.accept('11:00:00', 'c');
    expect(await bench.change('12:00:00', IMMEDIATE)).toEqual({ sent: 1, moved: 0, unchanged: 0, cancelled: 0 });
    expect(mails(bench)).toEqual([['2026-11-24T12:00:00.000Z', 'a b c']]);
  });

  it('what is held is cancelled when it is turned off', async () => {
    const bench = ann({ preferences: { ...IMMEDIATE, ...DAYTIME } });
    const held = [await bench.accept('22:00:00', 'a'), await bench.accept('2026-11-25T01:00:00', 'b')];
    const report = await bench.change('2026-11-25T05:00:00', { choices: [{ frequency: 'off' }], ...DAYTIME });
    expect(report).toEqual({ sent: 0, moved: 0, unchanged: 0, cancelled: 2 });
    for (const id of held) expect(await bench.stateOf(id)).toBe('cancelled/preference');
    await bench.pass('2026-11-25T12:00:00');
    expect(bench.sent).toEqual([]);
  });

  it('a mute holds until its end, or until somebody removes it', async () => {
    for (const unmuted of [false, true]) {
      const bench = ann({ preferences: { ...IMMEDIATE, mutedUntil: '2026-11-26T08:00:00Z' } });
      await bench.accept('11:00:00', 'a');
      await bench.accept('2026-11-25T11:00:00', 'b');
      if (unmuted) await bench.change('2026-11-25T12:00:00', IMMEDIATE);
      await bench.pass('2026-11-27T00:00:00');
      expect(mails(bench)).toEqual([[unmuted ? '2026-11-25T12:00:00.000Z' : '2026-11-26T08:00:00.000Z', 'a b']]);
    }
  });

  it('another time zone moves what is due', async () => {
    const bench = ann({ preferences: DAILY });
    await bench.accept('10:00:00', 'a');
    expect(await bench.change('12:00:00', DAILY, 'America/New_York')).toMatchObject({ moved: 1 });
    await bench.pass('2026-11-25T12:00:00');
    expect(mails(bench)).toEqual([['2026-11-24T23:00:00.000Z', 'a']]);
  });

  it('what is held may expire', async () => {
    const bench = ann({ preferences: { ...IMMEDIATE, ...DAYTIME } });
    const short = await bench.accept('22:00:00', 'a', { expiresAt: Date.parse('2026-11-25T03:00:00Z') });
    await bench.accept('23:00:00', 'b');
    await bench.pass('2026-11-25T12:00:00');
    expect(await bench.stateOf(short)).toBe('expired/expired');
    expect(mails(bench)).toEqual([['2026-11-25T06:00:00.000Z', 'b']]);
  });

  it('a locked choice of the tenant wins, and any other one is a default', async () => {
    const tenant = {
      choices: [{ frequency: 'daily' as const }, { type: 'alert', channel: 'email', frequency: 'off' as const, locked: true }],
    };
    const choices = [
      { type: 'reminder', frequency: 'immediate' as const },
      { type: 'alert', frequency: 'immediate' as const },
    ];
    const bench = ann({ tenant, preferences: { choices, digestAt: '18:00' } });
    await bench.accept('10:00:00', 'comment');
    await bench.accept('10:00:00', 'reminder', { type: 'reminder' });
    const alert = await bench.accept('10:00:00', 'alert', { type: 'alert' });
    await bench.pass('2026-11-25T00:00:00');
    expect(await bench.stateOf(alert)).toBe('cancelled/preference');
    expect(mails(bench)).toEqual([
      ['2026-11-24T10:00:00.000Z', 'reminder'],
      ['2026-11-24T17:00:00.000Z', 'comment'],
    ]);
  });

  it('all types of a choice may come together', async () => {
    const choices = [{ channel: 'email', frequency: 'daily' as const, together: true }];
    const bench = ann({ preferences: { choices, digestAt: '18:00' } });
    await bench.accept('10:00:00', 'comment');
    await bench.accept('11:00:00', 'reminder', { type: 'reminder' });
    await bench.accept('12:00:00', 'update', { type: 'system_update' });
    await bench.pass('2026-11-25T00:00:00');
    expect(mails(bench)).toEqual([['2026-11-24T17:00:00.000Z', 'comment reminder update']]);
  });
}
