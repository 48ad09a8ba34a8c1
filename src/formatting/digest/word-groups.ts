import { similarityOf } from '../../model/content-similarity.js';
import { contentWords } from '../../model/content-words.js';

/** Likeness from which titles stand together. Measured on labelled logs: at 0.5 opposites begin to meet, at 0.7 a fifth of the like ones part. */
const SIMILARITY = 0.6;
/** Most groups looked at for one word, the newest first: what a title costs does not grow with the number of groups. */
const MAX_CANDIDATES = 8;

interface WordGroup {
  readonly number: number;
  readonly words: ReadonlySet<string>;
}

/**
 * The number of the group of each title, in the same order: a title joins the group whose first title is most like it, of equals the oldest. Two sets
 * that are alike enough share one of their rarest words (the prefix filter of Chaudhuri, Ganti & Kaushik, ICDE 2006), so few are compared.
 */
export function wordGroups(titles: readonly string[]): readonly number[] {
  const sets = titles.map((title) => contentWords({ title }));
  const frequencies = new Map<string, number>();
  for (const words of sets) for (const word of words) frequencies.set(word, (frequencies.get(word) ?? 0) + 1);
  const known = new Map<string, number>();
  const groups = new Map<string, WordGroup[]>();
  let made = 0;
  return sets.map((words) => {
    const rarestFirst = [...words].sort((a, b) => (frequencies.get(a) ?? 0) - (frequencies.get(b) ?? 0) || (a < b ? -1 : 1));
    const key = rarestFirst.join(' ');
    const same = known.get(key);
    if (same !== undefined) return same;
    const prefix = rarestFirst.slice(0, words.size - Math.ceil(SIMILARITY * words.size) + 1);
    let number = mostAlike(words, prefix, groups);
    if (number === undefined) {
      number = made++;
      const group = { number, words };
      for (const word of prefix) {
        const others = groups.get(word);
        if (others === undefined) groups.set(word, [group]);
        else others.push(group);
      }
    }
    known.set(key, number);
    return number;
  });
}

function mostAlike(
  words: ReadonlySet<string>,
  prefix: readonly string[],
  groups: ReadonlyMap<string, readonly WordGroup[]>,
): number | undefined {
  let best: number | undefined;
  let most = SIMILARITY;
  const seen = new Set<WordGroup>();
  for (const word of prefix) {
    for (const group of groups.get(word)?.slice(-MAX_CANDIDATES) ?? []) {
      if (seen.has(group)) continue;
      seen.add(group);
      const found = similarityOf(words, group.words);
      if (found < most || (found === most && best !== undefined && best < group.number)) continue;
      most = found;
      best = group.number;
    }
  }
  return best;
}
