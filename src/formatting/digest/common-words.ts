import { type Translator } from '../translation/translator.js';

/** A title of more words is not folded with others. */
const MAX_WORDS = 40;
/** Values of a place that are listed; the others are counted. */
const LISTED_VALUES = [3, 2, 1];
/** Of the shortest title, what all must have in common. */
const LEAST_SHARE = 0.4;
/** What a title is not the same with once its words are joined again: quoted text, and blanks other than one space between two words. */
const IRREGULAR = /^$|["“]|\s\s|[^\S ]|^ | $/;
/** Something is left out that only some of the titles have. */
const LEFT_OUT = '…';

/**
 * What titles have in common, and in its place what differs: "Disk of web-3, db-12, mail is 91, 97, 88 % full". It is the longest common sequence of words
 * of all. Undefined when they have too little in common, or when it is longer than `limit` characters however few values are listed.
 */
export function commonWords(titles: readonly string[], translator: Translator, limit: number): string | undefined {
  const [only, ...further] = titles;
  if (only !== undefined && further.length === 0 && !IRREGULAR.test(only)) return within(only, limit);
  const all = [...new Set(titles)].map(wordsOf);
  const [first, ...others] = all;
  if (first === undefined) return undefined;
  if (others.length === 0) return within(first.join(' '), limit);
  if (all.some((title) => title.length > MAX_WORDS)) return undefined;
  const core = others.reduce(longestCommon, first);
  const shortest = all.reduce((least, title) => Math.min(least, title.length), MAX_WORDS);
  if (core.length < Math.max(Math.min(2, shortest - 1), LEAST_SHARE * shortest) || !core.some((word) => /\p{L}/u.test(word)))
    return undefined;
  const places = placesOf(all, core);
  for (const listed of LISTED_VALUES) {
    const said = places.map((values, place) =>
      [sayValues(values, listed, translator), core[place] ?? ''].filter((part) => part !== ''),
    );
    const text = within(said.flat().join(' '), limit);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Quoted text is one word. */
function wordsOf(title: string): readonly string[] {
  return title.match(/"[^"]{0,200}"|“[^”]{0,200}”|\S+/g) ?? [];
}

/** The values that stand before each word of the core and behind its last one; an empty one where a title has none. */
function placesOf(titles: readonly (readonly string[])[], core: readonly string[]): readonly ReadonlySet<string>[] {
  const places = Array.from({ length: core.length + 1 }, () => new Set<string>());
  for (const title of titles) {
    let place = 0;
    let value: string[] = [];
    for (const word of title) {
      if (place < core.length && word === core[place]) {
        places[place++]?.add(value.join(' '));
        value = [];
      } else value.push(word);
    }
    places[place]?.add(value.join(' '));
  }
  return places;
}

function sayValues(values: ReadonlySet<string>, listed: number, translator: Translator): string {
  const all = [...values].filter((value) => value !== '');
  if (all.length === 0) return '';
  if (values.has('')) return LEFT_OUT;
  const said = all.slice(0, listed).join(', ');
  return all.length <= listed ? said : `${said} ${translator.andMore(all.length - listed)}`;
}

/** The longest common subsequence of words (Wagner & Fischer 1974): at most 1 600 steps. */
function longestCommon(a: readonly string[], b: readonly string[]): readonly string[] {
  const width = b.length + 1;
  const lengths = new Uint8Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const common: string[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const word = a[i] ?? '';
    if (word === b[j]) {
      common.push(word);
      i++;
      j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return common;
}

function within(text: string, limit: number): string | undefined {
  return text.length <= limit ? text : undefined;
}
