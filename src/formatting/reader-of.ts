import { type Reader } from '../model/reader.js';
import { type ClaimedMessage } from '../model/message.js';
import { lastOf } from '../model/last-of.js';
import { wordsFor } from './words/words.js';

/** A moment in words, epoch ms. */
export type Moment = (at: number) => string;

/**
 * What is known of the reader of a message: of each part what its newest notification says that says it, else what was looked up.
 *
 * @param known what the look-up answered, by default what stands in the message
 */
export function readerOfMessage({ entries, reader }: ClaimedMessage, known = reader): Reader {
  const locale = entries.findLast(({ content }) => content.locale !== undefined)?.content.locale ?? known?.locale;
  const timeZone = entries.findLast(({ content }) => content.timeZone !== undefined)?.content.timeZone ?? known?.timeZone;
  return { ...(locale === undefined ? {} : { locale }), ...(timeZone === undefined ? {} : { timeZone }) };
}

/** Formats are dear to make; there are few zones and languages. */
const MAX_FORMATS = 1_000;
const formats = new Map<string, Intl.DateTimeFormat>();

const inUtc: Moment = lastOf(60_000, (at) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`);

/** Moments in a reader's own zone, in the language of the words around them; in UTC when the zone is not known, or is none. */
export function momentsFor(reader: Reader | undefined): Moment {
  if (reader?.timeZone === undefined) return inUtc;
  const format = formatOf(wordsFor(reader.locale).locale, reader.timeZone);
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
