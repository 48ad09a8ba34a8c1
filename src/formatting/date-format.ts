import { type ReaderSettings } from '../model/reader-settings.js';
import { type Translator } from './translation/translator.js';

/** Formats times, epoch ms. */
export interface DateFormat {
  /** "Friday 20 November". */
  readonly day: (at: number) => string;
  /** "09:00". */
  readonly time: (at: number) => string;
  /** "20 Nov 09:00". */
  readonly dayAndTime: (at: number) => string;
  /** "20 November 2026 at 09:00". */
  readonly full: (at: number) => string;
}

/** Formats are expensive to make; there are few zones and languages. */
const MAX_KEPT = 200;
/** In all zones of today a minute begins when one does in UTC. */
const STEP_MS = 60_000;
/** Minutes of a format. */
const MAX_TIMES = 200;
const kept = new Map<string, DateFormat>();

/** Dates in the reader's own time zone, in the language of the text around them; in UTC, said so, when the zone is not known, or is none. */
export function dateFormatFor(readerSettings: ReaderSettings | undefined, translator: Translator): DateFormat {
  const zone = readerSettings?.timeZone ?? '';
  const key = `${translator.formatLocale} ${zone}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const format = isZone(zone) ? formatOf(translator.formatLocale, zone, '') : formatOf(translator.formatLocale, 'UTC', ' UTC');
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(key, format);
  return format;
}

/** Times are said in UTC once, behind the day. */
function formatOf(locale: string, timeZone: string, suffix: string): DateFormat {
  const date = formatter(locale, { day: 'numeric', month: 'short', timeZone }, '');
  const time = formatter(locale, { timeStyle: 'short', timeZone }, '');
  return {
    time,
    day: formatter(locale, { weekday: 'long', day: 'numeric', month: 'long', timeZone }, suffix),
    dayAndTime: (at) => `${date(at)} ${time(at)}${suffix}`,
    full: formatter(locale, { dateStyle: 'long', timeStyle: 'short', timeZone }, suffix),
  };
}

/**
 * Made when it is first needed. Entries of one digest, and the digests of many readers, say the same times: they are remembered, as each costs
 * more than all the rest of an entry.
 */
function formatter(locale: string, options: Intl.DateTimeFormatOptions, suffix: string): (at: number) => string {
  let format: Intl.DateTimeFormat | undefined;
  const said = new Map<number, string>();
  return (at) => {
    const step = Math.floor(at / STEP_MS);
    const known = said.get(step);
    if (known !== undefined) return known;
    format ??= new Intl.DateTimeFormat(locale, options);
    // A narrow space before "AM" would be the only character of many a mail that is not ASCII, and make it longer by a third.
    const text = `${format.format(at).replaceAll('\u202f', ' ')}${suffix}`;
    if (said.size >= MAX_TIMES) said.clear();
    said.set(step, text);
    return text;
  };
}

function isZone(timeZone: string): boolean {
  try {
    return timeZone !== '' && new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
