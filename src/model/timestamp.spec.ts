import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { timestampOf } from './timestamp.js';

describe('timestampOf', () => {
  it('reads every time that a Date writes, and the same time with an offset', () => {
    const times = fc.date({ min: new Date(0), max: new Date('9998-12-31T00:00:00Z'), noInvalidDate: true });
    fc.assert(
      fc.property(times, fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }), (date, offsetMinutes) => {
        expect(timestampOf(date.toISOString())).toBe(date.getTime());
        const local = new Date(date.getTime() + offsetMinutes * 60_000);
        fc.pre(local.getTime() >= 0);
        const [hours, minutes] = [Math.trunc(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60];
        const offset = `${offsetMinutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
        expect(timestampOf(local.toISOString().replace('Z', offset))).toBe(date.getTime());
      }),
    );
  });

  it('takes a date exactly when the calendar has it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1970, max: 9998 }), fc.nat(14), fc.nat(35), (year, month, day) => {
        const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
        const date = new Date(Date.UTC(year, month - 1, day));
        const exists = date.toISOString().startsWith(text);
        expect(timestampOf(`${text}T00:00:00Z`)).toBe(exists ? date.getTime() : undefined);
      }),
    );
  });

  it.each(['2026-11-20T09:00Z', '2026-11-20T09:00:00+0100', '2026-11-20T09:00:00.123456789-05:30'])('takes %s', (text) =>
    expect(timestampOf(text)).toEqual(expect.any(Number)),
  );

  it.each([
    '2027-02-30T00:00:00Z',
    '2027-04-31T00:00:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T23:60:00Z',
    '2026-11-20T23:59:60Z',
    '2026-11-20T09:00:00+24:00',
    '2026-11-20T09:00:00',
    '2026-11-20',
    '1969-12-31T23:59:59Z',
    '10000-01-01T00:00:00Z',
    'foo 7',
    '',
  ])('refuses %s', (text) => expect(timestampOf(text)).toBeUndefined());
});
