import { LikenessGroups } from '../../dist/model/content-similarity.js';

const WORDS = Array.from(
  { length: 2_000 },
  (_, i) => `word${String.fromCharCode(97 + (i % 26))}${i.toString(36).replace(/\d/g, 'x')}q`,
);
const ASKED = 5_000;

/** What finding the like costs an entry, by how many groups of one Slack channel are open. */
export function run(): Promise<void> {
  let state = 1;
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const title = (): string => Array.from({ length: 8 }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ');
  for (const open of [10, 1_000, 100_000]) {
    const groups = new LikenessGroups();
    for (let i = 0; i < open; i++) groups.add(String(i), String(i), 'C1', { title: title() }, 0.7);
    const startedAt = performance.now();
    for (let i = 0; i < ASKED; i++) groups.find('C1', { title: title() }, 0.7);
    const micros = ((performance.now() - startedAt) / ASKED) * 1_000;
    console.log(`  ${open.toLocaleString('en').padStart(9)} open groups: ${micros.toFixed(1)} µs an entry`);
  }
  return Promise.resolve();
}
