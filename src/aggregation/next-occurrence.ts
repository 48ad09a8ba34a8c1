import { Cron } from 'croner';
import { type Schedule } from '../model/window.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The next time of a schedule strictly after `at`, by croner, which knows time zones and their changes of the clock. */
export function nextOccurrence({ cron, timeZone }: Schedule, at: number): number {
  const next = new Cron(cron, { timezone: timeZone }).nextRun(new Date(at));
  // The rule was checked to have a next time; a schedule that ran out since closes after a day.
  return next === null ? at + DAY_MS : next.getTime();
}
