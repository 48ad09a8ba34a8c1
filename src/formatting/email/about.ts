import { type DateFormat } from '../date-format.js';
import { type Digest } from '../digest/digest.js';
import { type Translator } from '../translation/translator.js';

/** How phrases and dates are written for one reader. */
export interface LocalFormat {
  readonly translator: Translator;
  readonly dates: DateFormat;
}

/** What the entries of a mail share is said once, above them. */
export interface EntryFormat extends LocalFormat {
  /** Whether an entry says its type: of a single delivery, and of a digest of several types. */
  readonly saysType: boolean;
  /** When an entry was accepted: the time, where the day stands above. */
  readonly at: (at: number) => string;
  /** The day of all entries; undefined when there are several, and for a single delivery, which says it itself. */
  readonly day: string | undefined;
}

const DAY_MS = 86_400_000;

export function entryFormat(digest: Digest, { translator, dates }: LocalFormat): EntryFormat {
  const saysType = digest.count === 1 || digest.types.length > 1;
  if (digest.count === 1) return { translator, dates, saysType, at: dates.full, day: undefined };
  const day = dates.day(digest.firstAt);
  const sameDay = digest.lastAt - digest.firstAt < 2 * DAY_MS && dates.day(digest.lastAt) === day;
  return { translator, dates, saysType, ...(sameDay ? { at: dates.time, day } : { at: dates.dayAndTime, day: undefined }) };
}

/** As the beginning of a line: "alert" is "Alert". */
export function capitalised(text: string, { locale }: Translator): string {
  const [first = ''] = text;
  return `${first.toLocaleUpperCase(locale)}${text.slice(first.length)}`;
}
