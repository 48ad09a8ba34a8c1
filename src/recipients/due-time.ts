import { Cron } from 'croner';
import { type Frequency, type Preferences } from '../model/recipient.js';
import { minuteOf } from './opening-hours.js';
import { weekdayOf, type ZoneClock } from './zone-clock.js';

const DAY_MS = 86_400_000;
const DEFAULT_DIGEST_AT = '09:00';
const MONDAY = 1;

/** A frequency that has a time by itself: `default` follows the application's rules, and what is `off` never comes. */
export type TimedFrequency = Exclude<Frequency, 'default' | 'off'>;

/** When a window that opened at `openedAt` is due by a frequency, epoch ms; strictly later but for `immediate`. */
export function dueByFrequency(
  frequency: TimedFrequency,
  openedAt: number,
  clock: ZoneClock,
  { digestAt = DEFAULT_DIGEST_AT, digestOn = MONDAY }: Pick<Preferences, 'digestAt' | 'digestOn'>,
): number {
  if (typeof frequency === 'object') {
    return 'windowMs' in frequency ? openedAt + frequency.windowMs : cronAfter(frequency.cron, clock.timeZone, openedAt);
  }
  switch (frequency) {
    case 'immediate':
      return openedAt;
    case 'hourly':
      return clock.nextFullHour(openedAt);
    case 'daily':
      return digestAfter(openedAt, clock, minuteOf(digestAt), () => true);
    case 'weekly':
      return digestAfter(openedAt, clock, minuteOf(digestAt), (weekday) => weekday === digestOn);
  }
}

/** The next time after `at` at which the wall clock shows the minute, once a day: where the clock goes back over it, the first time counts. */
function digestAfter(at: number, clock: ZoneClock, minute: number, isDay: (weekday: number) => boolean): number {
  for (let { day } = clock.localAt(at); ; day++) {
    const time = isDay(weekdayOf(day)) ? clock.timesOf(day, minute)[0] : undefined;
    if (time !== undefined && time > at) return time;
  }
}

/** Making a `Cron` takes three times as long as asking one. */
const MAX_CRONS = 1_000;
const crons = new Map<string, Cron>();

function cronAfter(expression: string, timeZone: string, at: number): number {
  const key = `${timeZone} ${expression}`;
  let cron = crons.get(key);
  if (cron === undefined) {
    cron = new Cron(expression, { timezone: timeZone, paused: true });
    if (crons.size >= MAX_CRONS) crons.clear();
    crons.set(key, cron);
  }
  // It was checked to have a next time; one that ran out since is due after a day.
  return cron.nextRun(new Date(at))?.getTime() ?? at + DAY_MS;
}
