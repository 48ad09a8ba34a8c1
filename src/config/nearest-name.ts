/**
 * The name that differs least from a misspelt one.
 *
 * @param maxEdits most insertions, deletions and replacements of one character; letter case does not count
 * @returns undefined when every name differs more
 */
export function nearestName(misspelt: string, names: readonly string[], maxEdits: (name: string) => number): string | undefined {
  let nearest: string | undefined;
  let fewest = Infinity;
  for (const name of names) {
    const edits = editDistance(misspelt.toLowerCase(), name.toLowerCase());
    if (edits > maxEdits(name) || edits >= fewest) continue;
    nearest = name;
    fewest = edits;
  }
  return nearest;
}

/** Levenshtein's distance, row by row (https://en.wikipedia.org/wiki/Wagner-Fischer_algorithm). */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
