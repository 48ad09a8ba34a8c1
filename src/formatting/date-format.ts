import { lastOf } from '../model/last-of.js';
import { type ReaderSettings } from '../model/reader-settings.js';
import { wordsFor } from './words/words.js';

/** Formats a time, epoch ms. */
export type DateFormat = (at: number) => string;

/** Formats are expensive to make; there are few zones and languages. */
const MAX_FORMATS = 1_000;
const formats = new Map<string, Intl.DateTimeFormat>();

const inUtc: DateFormat = lastOf(60_000, (at) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`);

/** Formats dates in the reader's own time zone, in the language of the words around them; in UTC when the zone is not known, or is none. */
export function dateFormatFor(readerSettings: ReaderSettings | undefined): DateFormat {
  if (readerSettings?.timeZone === undefined) return inUtc;
  const format = formatOf(wordsFor(readerSettings.locale).locale, readerSettings.timeZone);
  return format === undefined ? inUtc : (at) => format.format(at);
}

function formatOf(locale: string, timeZone: string): Intl.DateTimeFormat | undefined {
  const key = `${locale} ${timeZone}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  try {
    const format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone });
    if (formats.size < MAX_FORMATS) formats.set(key, format);
    return format;
  } catch {
    return undefined;
  }
}
