import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Hours, type Weekday } from '../model/recipient.js';
import { dueByFrequency } from './due-time.js';
import { Hold } from './hold.js';
import { openingAt } from './opening-hours.js';
import { zoneClock } from './zone-clock.js';

const MINUTE_MS = 60_000;
const DAYS = 11;
/** The days before the clock changes: by an hour in Vienna and New York, by half an hour on Lord Howe Island. */
const CHANGES = [
  ['Europe/Vienna', '2026-03-27'],
  ['Europe/Vienna', '2026-10-23'],
  ['America/New_York', '2026-03-06'],
  ['America/New_York', '2026-10-30'],
  ['Australia/Lord_Howe', '2026-04-03'],
  ['Australia/Lord_Howe', '2026-10-02'],
] as const;

/** What the wall clock shows in each minute, read from the time zone database one by one. */
interface Minute {
  readonly date: string;
  readonly weekday: number;
  readonly minute: number;
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function minutesOf(timeZone: string, from: number): readonly Minute[] {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    day: '2-digit',
    month: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return Array.from({ length: DAYS * 1440 }, (_, index) => {
    const [, weekday = '', date = '', hour, minute] =
      /^(\w+),? (\d\d\/\d\d), (\d\d):(\d\d)$/.exec(format.format(from + index * MINUTE_MS)) ?? [];
    return { date, weekday: WEEKDAYS.indexOf(weekday) + 1, minute: Number(hour) * 60 + Number(minute) };
  });
}

const clockTime = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute]) => text(hour * 60 + minute));
const days = fc.subarray([1, 2, 3, 4, 5, 6, 7] as Weekday[], { minLength: 1 });
const hours: fc.Arbitrary<Hours> = fc.oneof(
  fc.record({ from: clockTime, to: clockTime }),
  fc.record({ from: clockTime, to: clockTime, days }),
);

function text(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

function toMinute(time: string): number {
  const [hour = '', minute = ''] = time.split(':');
  return Number(hour) * 60 + Number(minute);
}

function isInside({ days: on, from, to }: Hours, { weekday, minute }: Minute): boolean {
  const begins = (day: number): boolean => on === undefined || (on as readonly number[]).includes(day);
  const [start, end] = [toMinute(from), toMinute(to)];
  if (end > start) return begins(weekday) && start <= minute && minute < end;
  return (begins(weekday) && minute >= start) || (begins(((weekday + 5) % 7) + 1) && minute < end);
}

describe.each(CHANGES)('in %s around a change of the clock, from %s', (timeZone, date) => {
  const start = Date.parse(`${date}T00:00:00Z`);
  const clock = zoneClock(timeZone);
  const at = fc.integer({ min: start, max: start + 4 * 86_400_000 });
  let minutes: readonly Minute[] = [];
  const indexOf = (time: number): number => Math.floor((time - start) / MINUTE_MS);

  beforeAll(() => {
    minutes = minutesOf(timeZone, start);
  });

  it('messages may come from the first time at which the wall clock is inside of the hours', () => {
    fc.assert(
      fc.property(fc.array(hours, { minLength: 1, maxLength: 3 }), at, (opening, time) => {
        const inside = (index: number): boolean =>
          opening.some((one) => isInside(one, minutes[index] ?? { date: '', weekday: 0, minute: 0 }));
        let index = indexOf(time);
        while (index < minutes.length && !inside(index)) index++;
        // Hours of one weekday may lie after the last minute that is known.
        fc.pre(index < minutes.length);
        expect(openingAt(opening, clock, time)).toBe(Math.max(time, start + index * MINUTE_MS));
      }),
    );
  });

  it('a daily or weekly digest comes once a day, at the first time that is not before its own', () => {
    fc.assert(
      fc.property(clockTime, fc.constantFrom<Weekday | undefined>(undefined, 1, 3, 6, 7), at, (digestAt, digestOn, time) => {
        const known = new Set<string>();
        const digests: number[] = [];
        minutes.forEach(({ date: day, weekday, minute }, index) => {
          if (known.has(day) || minute < toMinute(digestAt)) return;
          // The first day of the table may have begun before it.
          known.add(day);
          if (index > 0 && (digestOn ?? weekday) === weekday) digests.push(start + index * MINUTE_MS);
        });
        const expected = digests.find((digest) => digest > time);
        fc.pre(expected !== undefined);
        const frequency = digestOn === undefined ? 'daily' : 'weekly';
        expect(dueByFrequency(frequency, time, clock, { digestAt, ...(digestOn === undefined ? {} : { digestOn }) })).toBe(
          expected,
        );
      }),
    );
  });

  it('an hourly digest comes when the wall clock shows a full hour', () => {
    fc.assert(
      fc.property(at, (time) => {
        let index = indexOf(time) + 1;
        while (minutes[index] !== undefined && (minutes[index]?.minute ?? 0) % 60 !== 0) index++;
        expect(dueByFrequency('hourly', time, clock, {})).toBe(start + index * MINUTE_MS);
      }),
    );
  });
});

const VIENNA = zoneClock('Europe/Vienna');
const utc = (time: string): number => Date.parse(`${time}Z`);

describe('when a message is due', () => {
  const DAYTIME = { hours: [{ from: '07:00', to: '22:00' }] };
  const WORK = { hours: [{ days: [1, 2, 3, 4, 5] as const, from: '09:00', to: '17:00' }] };

  it.each([
    ['held in the evening', DAYTIME, '2026-11-24T21:30:00', '2026-11-25T06:00:00', 'hours'],
    ['the last millisecond', DAYTIME, '2026-11-24T20:59:59.999', '2026-11-24T20:59:59.999', undefined],
    ['the end is not included', DAYTIME, '2026-11-24T21:00:00', '2026-11-25T06:00:00', 'hours'],
    ['the beginning is', DAYTIME, '2026-11-25T06:00:00', '2026-11-25T06:00:00', undefined],
    ['over the weekend', WORK, '2026-11-28T12:00:00', '2026-11-30T08:00:00', 'hours'],
    ['the clock goes forward', DAYTIME, '2026-03-28T22:00:00', '2026-03-29T05:00:00', 'hours'],
    ['the clock goes back', DAYTIME, '2026-10-24T21:00:00', '2026-10-25T06:00:00', 'hours'],
    ['muted', { mutedUntil: '2026-11-26T09:00:00+01:00' }, '2026-11-24T11:00:00', '2026-11-26T08:00:00', 'mute'],
    ['a mute that ended', { mutedUntil: '2026-11-20T08:00:00Z' }, '2026-11-24T11:00:00', '2026-11-24T11:00:00', undefined],
    [
      'a mute that ends at night',
      { ...DAYTIME, mutedUntil: '2026-11-25T23:00:00Z' },
      '2026-11-24T11:00:00',
      '2026-11-26T06:00:00',
      'hours',
    ],
  ] as const)('%s', (_, preferences, at, dueAt, heldBy) => {
    const hold = new Hold(preferences, VIENNA);
    expect(hold.timeOf(utc(at), utc(at))).toEqual({ dueAt: utc(dueAt), ...(heldBy && { heldBy }) });
    expect(hold.holdsAt(utc(at))).toBe(heldBy !== undefined);
  });

  it.each([
    ['daily', { digestAt: '18:00' }, '2026-11-24T16:59:59.999', '2026-11-24T17:00:00'],
    ['daily', { digestAt: '18:00' }, '2026-11-24T17:00:00', '2026-11-25T17:00:00'],
    ['weekly', {}, '2026-11-24T10:00:00', '2026-11-30T08:00:00'],
    ['hourly', {}, '2026-11-24T10:00:00', '2026-11-24T11:00:00'],
    ['immediate', {}, '2026-11-24T10:00:00', '2026-11-24T10:00:00'],
    [{ windowMs: 60_000 }, {}, '2026-11-24T10:00:00', '2026-11-24T10:01:00'],
    [{ cron: '30 7 * * 1-5' }, {}, '2026-11-24T10:00:00', '2026-11-25T06:30:00'],
  ] as const)('%j %j from %s', (frequency, preferences, openedAt, dueAt) => {
    expect(dueByFrequency(frequency, utc(openedAt), VIENNA, preferences)).toBe(utc(dueAt));
  });

  it('what is due by its frequency outside of the hours waits for them', () => {
    const hold = new Hold(WORK, VIENNA);
    const dueAt = dueByFrequency('daily', utc('2026-11-24T10:00:00'), VIENNA, { digestAt: '18:00' });
    expect(hold.timeOf(dueAt, utc('2026-11-24T10:00:00'))).toEqual({ dueAt: utc('2026-11-25T08:00:00'), heldBy: 'hours' });
  });
});
