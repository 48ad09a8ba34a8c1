import { outcomeOf } from './content-outcome.js';
import { contentWords } from './content-words.js';
import { type NotificationContent } from './notification.js';

/** Signature: so many bands of so many rows; two texts are looked at when all rows of any band agree. */
const BANDS = 20;
/** Most groups looked at in one bucket, the newest first: what an entry costs does not grow with what is open. */
const MAX_CANDIDATES = 8;

/**
 * Jaccard's index (1901), the "resemblance" of A. Broder (1997): what both have of what either has, 0..1; 0 for what says opposite outcomes.
 */
export function similarityOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (outcomeOf(a) !== outcomeOf(b)) return 0;
  let shared = 0;
  for (const word of a) if (b.has(word)) shared++;
  const all = a.size + b.size - shared;
  return all === 0 ? 1 : shared / all;
}

interface Group {
  /** What it is of: several groups may have one name. */
  readonly id: string;
  readonly name: string;
  readonly words: ReadonlySet<string>;
  readonly buckets: readonly string[];
}

/**
 * Groups of like contents. A group is found by MinHash signatures cut into bands (A. Broder 1997; Indyk & Motwani 1998), and joined
 * only when its first content is really as alike as asked for. The cost of an entry does not depend on how many groups there are.
 */
export class SimilarityGroups {
  private readonly groups = new Map<string, Group>();
  private readonly buckets = new Map<string, Group[]>();
  /** Names by the keys of their newest contents. */
  private readonly keyed = new Map<string, string>();

  /** @param changed is given the opposite of each change */
  constructor(private readonly changed: (undo: () => void) => void = () => undefined) {}

  /** The group that is most alike, at least by `similarity`; of equals the newest; undefined when there is none. */
  find(within: string, content: Pick<NotificationContent, 'title' | 'body'>, similarity: number): string | undefined {
    const words = contentWords(content);
    let best: string | undefined;
    let most = similarity;
    for (const bucket of bucketsOf(within, words, similarity)) {
      for (const group of this.buckets.get(bucket)?.slice(-MAX_CANDIDATES) ?? []) {
        const found = similarityOf(words, group.words);
        if (found < most || (found === most && best !== undefined)) continue;
        most = found;
        best = group.name;
      }
    }
    return best;
  }

  /** The group that holds the content of a `dedupeKey`, whatever the similarity. */
  findKeyed(within: string, dedupeKey: string): string | undefined {
    return this.keyed.get(`${dedupeKey} ${within}`);
  }

  /** @param within groups of different names here never mix */
  add(id: string, name: string, within: string, content: Pick<NotificationContent, 'title' | 'body'>, similarity: number): void {
    const words = contentWords(content);
    const group: Group = { id, name, words, buckets: bucketsOf(within, words, similarity) };
    this.changed(() => this.removeQuietly(id));
    this.groups.set(id, group);
    for (const bucket of group.buckets) {
      const others = this.buckets.get(bucket);
      if (others === undefined) this.buckets.set(bucket, [group]);
      else others.push(group);
    }
  }

  addKeyed(name: string, within: string, dedupeKey: string): void {
    const key = `${dedupeKey} ${within}`;
    this.restoresKeyed(key);
    this.keyed.set(key, name);
  }

  removeKeyed(within: string, dedupeKey: string): void {
    const key = `${dedupeKey} ${within}`;
    this.restoresKeyed(key);
    this.keyed.delete(key);
  }

  remove(id: string): void {
    const group = this.groups.get(id);
    if (group === undefined) return;
    const before = group.buckets.map((bucket) => [bucket, this.buckets.get(bucket) ?? []] as const);
    this.changed(() => {
      this.groups.set(id, group);
      for (const [bucket, groups] of before) this.buckets.set(bucket, groups);
    });
    this.removeQuietly(id);
  }

  private restoresKeyed(key: string): void {
    const before = this.keyed.get(key);
    this.changed(() => (before === undefined ? this.keyed.delete(key) : this.keyed.set(key, before)));
  }

  private removeQuietly(id: string): void {
    const group = this.groups.get(id);
    if (group === undefined) return;
    this.groups.delete(id);
    for (const bucket of group.buckets) {
      const others = this.buckets.get(bucket) ?? [];
      const left = others.filter((other) => other !== group);
      if (left.length === 0) this.buckets.delete(bucket);
      else this.buckets.set(bucket, left);
    }
  }

  clear(): void {
    this.groups.clear();
    this.buckets.clear();
    this.keyed.clear();
  }
}

/** More rows a band, the more alike two must be to meet; so many that at `similarity` they almost always do. */
function rowsFor(similarity: number): number {
  if (similarity < 0.35) return 1;
  return similarity < 0.6 ? 2 : similarity < 0.85 ? 3 : 5;
}

function bucketsOf(within: string, words: ReadonlySet<string>, similarity: number): readonly string[] {
  const rows = rowsFor(similarity);
  const hashes = [...words].map(hashOf);
  const buckets: string[] = [];
  for (let band = 0; band < BANDS; band++) {
    let key = `${within} ${band}`;
    for (let row = 0; row < rows; row++) key += ` ${leastUnder(hashes, band * rows + row)}`;
    buckets.push(key);
  }
  return buckets;
}

/** The least of the words' hashes under one of many permutations (multiply and shift). */
function leastUnder(hashes: readonly number[], permutation: number): number {
  const factor = (Math.imul(permutation + 1, 0x9e3779b1) | 1) >>> 0;
  const offset = Math.imul(permutation + 1, 0x85ebca6b) >>> 0;
  let least = 0xffffffff;
  for (const hash of hashes) {
    let mixed = (Math.imul(hash ^ offset, factor) ^ (hash >>> 15)) >>> 0;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0xc2b2ae35) >>> 0;
    if (mixed < least) least = mixed;
  }
  return least;
}

/** FNV-1a (Fowler, Noll, Vo), 32 bits. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
