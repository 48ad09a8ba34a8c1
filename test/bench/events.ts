import { readFile } from 'node:fs/promises';

/** Something that happened, for those who follow its source. */
export interface BenchEvent {
  readonly at: number;
  readonly source: string;
  readonly type: string;
  readonly title: string;
  readonly actor: string;
}

const TYPES: Readonly<Record<string, string>> = {
  fix: 'alert',
  feat: 'announcement',
  merge: 'approval_request',
  docs: 'reminder',
};
const DAY_MS = 86_400_000;

/** A file of `{ at, source, actor, kind, title }` a line, in order of time; without one, thirty made-up working days. */
export async function benchEvents(path: string | undefined): Promise<readonly BenchEvent[]> {
  if (path === undefined) return generatedEvents(30);
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  return lines
    .map((line) => JSON.parse(line) as { at: string; source: string; actor: string; kind: string; title: string })
    .map(({ at, source, actor, kind, title }) => ({
      at: Date.parse(at),
      source,
      actor,
      title,
      type: TYPES[kind] ?? 'system_update',
    }))
    .sort((a, b) => a.at - b.at);
}

/** Days of people who work in bursts, mostly by day; the same at every run. */
export function generatedEvents(days: number): BenchEvent[] {
  const random = randomOf(7);
  const start = Date.UTC(2026, 9, 5);
  const kinds = ['commit', 'commit', 'commit', 'commit', 'fix', 'fix', 'feat', 'merge', 'docs'];
  const events: BenchEvent[] = [];
  for (let day = 0; day < days; day++) {
    for (let burst = 0; burst < 24; burst++) {
      const source = `project-${Math.floor(random() ** 2 * 14)}`;
      let at = start + day * DAY_MS + (8 + random() ** 1.5 * 12) * 3_600_000;
      for (let left = 1 + Math.floor(random() ** 3 * 20); left > 0; left--) {
        const kind = kinds[Math.floor(random() * kinds.length)] ?? 'commit';
        events.push({
          at,
          source,
          actor: `a${Math.floor(random() * 40)}`,
          title: `${kind} ${left} of ${source}`,
          type: TYPES[kind] ?? 'system_update',
        });
        at += random() * 600_000;
      }
    }
  }
  return events.sort((a, b) => a.at - b.at);
}

/** Who follows what: some follow one source, a few follow most, and some sources have many more readers (Zipf). */
export function followers(events: readonly BenchEvent[], readers: number): ReadonlyMap<string, readonly string[]> {
  const random = randomOf(11);
  const counts = new Map<string, number>();
  for (const { source } of events) counts.set(source, (counts.get(source) ?? 0) + 1);
  const sources = [...counts].sort((a, b) => b[1] - a[1]).map(([source]) => source);
  const following = new Map<string, string[]>(sources.map((source) => [source, []]));
  for (let reader = 0; reader < readers; reader++) {
    const appetite = 0.05 + random() ** 3 * 2;
    sources.forEach((source, rank) => {
      if (random() < appetite / (rank + 1)) following.get(source)?.push(`reader-${reader}@example.com`);
    });
  }
  return following;
}

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
