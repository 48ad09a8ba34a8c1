import { type DateFormat } from '../date-format.js';
import { type Digest } from '../digest/digest.js';
import { type Words } from '../words/words.js';

/** The words and dates of the reader's language. */
export interface Wording {
  readonly words: Words;
  readonly when: DateFormat;
}

/** What the entries of a mail share is said once, above them. */
export interface EntryWording extends Wording {
  /** Whether an entry says its type: of a single delivery, and of a digest of several types. */
  readonly saysType: boolean;
  /** When an entry was accepted: the time, where the day stands above. */
  readonly at: (at: number) => string;
  /** The day of all entries; undefined when there are several, and for a single delivery, which says it itself. */
  readonly day: string | undefined;
}

const DAY_MS = 86_400_000;

export function entryWording(digest: Digest, { words, when }: Wording): EntryWording {
  const saysType = digest.count === 1 || digest.types.length > 1;
  if (digest.count === 1) return { words, when, saysType, at: when.full, day: undefined };
  const day = when.day(digest.firstAt);
  const sameDay = digest.lastAt - digest.firstAt < 2 * DAY_MS && when.day(digest.lastAt) === day;
  return { words, when, saysType, ...(sameDay ? { at: when.time, day } : { at: when.dayAndTime, day: undefined }) };
}

/** As the beginning of a line: "alert" is "Alert". */
export function capitalised(text: string, { locale }: Words): string {
  const [first = ''] = text;
  return `${first.toLocaleUpperCase(locale)}${text.slice(first.length)}`;
}
