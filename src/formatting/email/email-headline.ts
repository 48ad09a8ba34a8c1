import { type Digest } from '../digest/digest.js';
import { excerpt } from '../digest/excerpt.js';
import { type Headline, headlineOf } from '../digest/headline.js';
import { type Translator } from '../translation/translator.js';

/** What lists of mails show of a subject on a wide screen. */
const SUBJECT_CHARACTERS = 70;
/** A title that is cut to less than this says nothing. */
const LEAST_TITLE_CHARACTERS = 12;
/** What lists of mails show behind the subject. */
const PREVIEW_CHARACTERS = 120;
/** Titles that a subject and a preview name. */
const MOST_TITLES = 3;

/** What a mail is called. Its text is the heading: how many of what; the title of a single delivery. */
export interface EmailHeadline extends Headline {
  /** The same, with the first titles where the heading names none: "12 system updates: Version 2.1 is out, …". */
  readonly subject: string;
  /** What lists of mails show behind the subject: what it does not say. */
  readonly preview: string;
}

export function emailHeadline(digest: Digest, translator: Translator): EmailHeadline {
  const [only] = digest.entries;
  if (digest.count === 1 && only !== undefined) {
    const preview = cut(oneLine(only.body?.slice(0, PREVIEW_CHARACTERS) ?? ''));
    return { text: only.title, headingOf: () => undefined, subject: only.title, preview };
  }
  const headline = headlineOf(digest, translator);
  const summary = translator.summary(digest.count, digest.types);
  const names = namesIn(digest, headline);
  const said = headline.text === summary ? namedTitles(names, SUBJECT_CHARACTERS - summary.length - 3) : { text: '', named: 0 };
  const between = digest.types.length === 1 ? ': ' : ' – ';
  const left = names.slice(said.named, said.named + MOST_TITLES).join(', ');
  const preview = left !== '' || digest.actors === undefined ? left : translator.from(digest.actors);
  return { ...headline, subject: `${headline.text}${said.text === '' ? '' : between}${said.text}`, preview: cut(preview) };
}

/** What groups have in common, and the titles of the others: different ones, as many as are ever named. */
function namesIn({ groups }: Digest, { headingOf }: Headline): readonly string[] {
  const names = new Set<string>();
  for (const group of groups) {
    const heading = headingOf(group);
    for (const name of heading === undefined ? group.entries.map(({ title }) => title) : [heading]) {
      names.add(oneLine(name));
      if (names.size > 2 * MOST_TITLES) break;
    }
    if (names.size > 2 * MOST_TITLES) break;
  }
  names.delete('');
  return [...names];
}

/** As many titles as there is room for, and how many of them are whole. */
function namedTitles(titles: readonly string[], room: number): { readonly text: string; readonly named: number } {
  let text = '';
  let named = 0;
  for (const title of titles.slice(0, MOST_TITLES)) {
    const longer = text === '' ? title : `${text}, ${title}`;
    const more = named + 1 < titles.length ? ', …' : '';
    if (longer.length + more.length > room) break;
    text = longer;
    named += 1;
  }
  const [first] = titles;
  if (named === 0) return { text: first === undefined || room < LEAST_TITLE_CHARACTERS ? '' : excerpt(first, room), named };
  return { text: named < titles.length ? `${text}, …` : text, named };
}

/** Without an ellipsis: lists of mails cut it themselves. */
function cut(preview: string): string {
  return preview.slice(0, PREVIEW_CHARACTERS).toWellFormed();
}

function oneLine(text: string): string {
  return text.replace(/[^\S ]\s*| \s+/g, ' ').trim();
}
