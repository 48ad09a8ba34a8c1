import { type Hours } from '../model/recipient.js';
import { weekdayOf, type ZoneClock } from './zone-clock.js';

/** A week and a day, and as much again: the clock may skip the only opening of a week. */
const MAX_DAYS = 16;

/** Minutes since midnight of a wall-clock time `HH:MM`. */
export function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** Whether messages may come at `at`: the wall clock shows a time inside of one of the hours. No hours: always. */
export function isOpen(hours: readonly Hours[], clock: ZoneClock, at: number): boolean {
  if (hours.length === 0) return true;
  const { weekday, minute } = clock.localAt(at);
  const yesterday = weekday === 1 ? 7 : weekday - 1;
  return hours.some(({ days, from, to }) => {
    const [start, end] = [minuteOf(from), minuteOf(to)];
    const today = isDay(days, weekday);
    if (start < end) return today && minute >= start && minute < end;
    return (today && minute >= start) || (isDay(days, yesterday) && minute < end);
  });
}

/** The first time at or after `at` at which messages may come, epoch ms: `at` itself inside of the hours. */
export function openingAt(hours: readonly Hours[], clock: ZoneClock, at: number): number {
  if (isOpen(hours, clock, at)) return at;
  const { day: today } = clock.localAt(at);
  for (let day = today; day < today + MAX_DAYS; day++) {
    const change = clock.changeOn(day);
    const times = [
      ...hours.flatMap(({ days, from }) => (isDay(days, weekdayOf(day)) ? clock.timesOf(day, minuteOf(from)) : [])),
      ...(change === undefined ? [] : [change]),
    ].filter((time) => time > at && isOpen(hours, clock, time));
    if (times.length > 0) return Math.min(...times);
  }
  return at;
}

function isDay(days: Hours['days'], weekday: number): boolean {
  return days === undefined || days.some((day) => day === weekday);
}
