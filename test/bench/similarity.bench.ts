import { digestOf } from '../../dist/formatting/digest/digest.js';
import { wordGroups } from '../../dist/formatting/digest/word-groups.js';
import { SimilarityGroups } from '../../dist/model/content-similarity.js';
import { type ClaimedMessage } from '../../dist/model/message.js';
import { benchEvents, type BenchEvent } from './events.ts';

const WORDS = Array.from(
  { length: 2_000 },
  (_, i) => `word${String.fromCharCode(97 + (i % 26))}${i.toString(36).replace(/\d/g, 'x')}q`,
);
const ASKED = 5_000;
const DIGEST_SIZES = [20, 50, 1_000];

/**
 * What finding the like costs an entry, by how many groups of one Slack channel are open; and how digests are arranged by similarity.
 *
 * @param args a file of events (see `benchEvents`), else made-up ones
 */
export async function run([path]: readonly string[]): Promise<void> {
  openGroups();
  const events = await benchEvents(path);
  for (const size of DIGEST_SIZES) arrange(events, size);
}

function openGroups(): void {
  let state = 1;
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const title = (): string => Array.from({ length: 8 }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ');
  for (const open of [10, 1_000, 100_000]) {
    const groups = new SimilarityGroups();
    for (let i = 0; i < open; i++) groups.add(String(i), String(i), 'C1', { title: title() }, 0.7);
    const startedAt = performance.now();
    for (let i = 0; i < ASKED; i++) groups.find('C1', { title: title() }, 0.7);
    const micros = ((performance.now() - startedAt) / ASKED) * 1_000;
    console.log(`  ${open.toLocaleString('en').padStart(9)} open groups: ${micros.toFixed(1)} µs an entry`);
  }
}

/** Digests of so many events that follow one another, by similarity and by the plain rule: titles that differ only in numbers belong together. */
function arrange(events: readonly BenchEvent[], size: number): void {
  const digests: BenchEvent[][] = [];
  for (let from = 0; from + size <= events.length; from += size) digests.push(events.slice(from, from + size));
  const plain = (titles: readonly string[]): readonly string[] => titles.map((title) => title.replace(/\d+/g, '0'));
  console.log(`  ${digests.length} digests of ${size}:`);
  for (const [name, group] of [
    ['only numbers', plain],
    ['similarity', wordGroups],
  ] as const) {
    const found = digests.map((digest) => group(digest.map(({ title }) => title)));
    const together = found.map((names, i) => pairs(names, digests[i] ?? []));
    const sum = (of: (one: (typeof together)[number]) => number): number => together.reduce((total, one) => total + of(one), 0);
    const share = (part: number, whole: number): string => `${((100 * part) / (whole || 1)).toFixed(0)} %`;
    console.log(
      `    ${name.padEnd(14)} ${share(
        sum((one) => one.grouped),
        digests.length * size,
      )} of the entries with others, ` +
        `${share(
          sum((one) => one.adjacent),
          sum((one) => one.grouped),
        )} of these beside one of theirs as accepted; ` +
        `of pairs together ${share(
          sum((one) => one.sameType),
          sum((one) => one.pairs),
        )} of one type, ${share(
          sum((one) => one.sameSource),
          sum((one) => one.pairs),
        )} of one source`,
    );
  }
  const messages = digests.map(messageOf);
  const cost = (order: 'time' | 'priority'): number => {
    const before = process.cpuUsage();
    for (const message of messages) digestOf(message, undefined, order);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / (digests.length * size);
  };
  cost('priority');
  const [byTime, bySimilarity] = [cost('time'), cost('priority')];
  console.log(`    processor time an entry: ${byTime.toFixed(1)} µs by time, ${bySimilarity.toFixed(1)} µs by similarity`);
}

function pairs(names: readonly (string | number)[], digest: readonly BenchEvent[]) {
  let [count, sameType, sameSource, adjacent] = [0, 0, 0, 0];
  names.forEach((name, a) => {
    if (names[a - 1] === name || names[a + 1] === name) adjacent++;
    for (let b = a + 1; b < names.length; b++) {
      if (names[b] !== name) continue;
      count++;
      if (digest[a]?.type === digest[b]?.type) sameType++;
      if (digest[a]?.source === digest[b]?.source) sameSource++;
    }
  });
  const sizes = new Map<string | number, number>();
  for (const name of names) sizes.set(name, (sizes.get(name) ?? 0) + 1);
  const grouped = names.filter((name) => (sizes.get(name) ?? 0) > 1).length;
  return { pairs: count, sameType, sameSource, grouped, adjacent };
}

function messageOf(digest: readonly BenchEvent[], index: number): ClaimedMessage {
  return {
    messageId: `m${index}`,
    channel: 'email',
    address: 'ann@example.com',
    type: 'alert',
    priority: 'normal',
    lane: 'normal',
    attempt: 1,
    openedAt: 0,
    queuedAt: 0,
    policy: {
      mode: 'fixed',
      windowMs: 1_000,
      maxCount: digest.length,
      maxWaitMs: 4_000,
      leadingCount: 0,
      minCount: 1,
      groupBy: 'none',
      render: { limit: 1_000, keep: 'priority' },
    },
    entries: digest.map(({ at, title, type }, entry) => ({
      deliveryId: `d${index}-${entry}`,
      route: 'aggregate',
      acceptedAt: at,
      content: { type, channel: 'email', title: title.slice(0, 200), priority: 'normal' },
    })),
  };
}
