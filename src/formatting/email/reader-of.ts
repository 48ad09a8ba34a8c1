import { type Reader } from '../../model/email-template.js';
import { type Moment } from './email-html.js';

/** What is known of whoever reads at an address. */
export type ReaderOf = (channel: string, address: string) => Reader | undefined;

/** Formats are dear to make; there are few zones and languages. */
const MAX_FORMATS = 1_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Moments in a reader's own zone and language; undefined when the zone is not known, or is none. */
export function momentsFor(reader: Reader | undefined): Moment | undefined {
  if (reader?.timeZone === undefined) return undefined;
  const format = formatOf(reader.locale ?? 'en', reader.timeZone);
  return format === undefined ? undefined : (at) => format.format(at);
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
