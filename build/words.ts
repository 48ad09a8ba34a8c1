import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `npm run words`: counts words of which readers stumble, in `src`, `test` and `docs`, and fails when one stands where no reason allows it. The
 * field's term is given for each. `npm run words -- keep` lists every place of a word.
 */

interface Allowed {
  /** What of a line is fine. */
  readonly text: RegExp;
  readonly why: string;
}

interface Word {
  readonly name: string;
  readonly pattern: RegExp;
  /** What to write instead. */
  readonly say: string;
  readonly allowed?: readonly Allowed[];
}

/** A word that most uses need, in its usual meaning. It is counted, so that a change shows which way it goes. */
interface UsualWord {
  readonly name: string;
  readonly pattern: RegExp;
  readonly why: string;
}

const ROOT = join(import.meta.dirname, '..');

const WORDS: readonly Word[] = [
  {
    name: 'take back',
    pattern: /\b(take|takes|taken|taking|took)[ -]back\b|takeBack/i,
    say: 'cancel; requeue (a lease that ended)',
  },
  { name: 'the way', pattern: /\bof the way\b|OF_THE_WAY/i, say: 'connection, transport' },
  { name: 'save (except)', pattern: /[,(] save (that|for|when|where|what|those|at|`)|\bsave that\b/i, say: 'except' },
  { name: 'anew', pattern: /\banew\b/i, say: 'again' },
  { name: 'at the most', pattern: /\bat the (most|least|latest)\b/i, say: 'at most, at least' },
  { name: 'stretch', pattern: /\bstretch(es)?\b/i, say: 'interval, period' },
  { name: 'moment', pattern: /\bmoments?\b/i, say: 'time, timestamp, deadline' },
  { name: 'whoever', pattern: /\bwho(so)?ever\b/i, say: 'the caller, the worker, those who' },
  {
    name: 'try (noun)',
    pattern: /\b(a|the|first|last|one|every|each|second|third|per|more|few|next) (try|tries)\b(?! again)/i,
    say: 'attempt',
  },
  { name: 'under way', pattern: /\bunder way\b/i, say: 'in flight, in progress' },
  { name: 'pressed', pattern: /\bpress(ed|ing)\b/i, say: 'saturated' },
  { name: 'twin', pattern: /\btwins?\b/i, say: 'reference implementation' },
  {
    name: 'storm brake',
    pattern: /storm ?brake|\bbrak(e|es|ed)\b/i,
    say: 'burst limit, burst',
    allowed: [
      {
        text: /stormBrake: \{ perAddress|'stormBrake',|'braked'/,
        why: 'the old name, which a rule must not have and bodies are tried with, and a title in a file of an old version',
      },
    ],
  },
  { name: 'road', pattern: /\broads?\b/i, say: 'end-to-end path' },
  { name: 'company', pattern: /\bcompany\b/i, say: 'more messages' },
  { name: 'dear', pattern: /\bdear(er)?\b/i, say: 'expensive' },
  { name: 'burnt', pattern: /\bburn(s|t)?\b/i, say: 'consume' },
  { name: 'mend', pattern: /\bmend(s|ed|ing)?\b/i, say: 'fix, correct, repair' },
  { name: 'vague', pattern: /\bvague\b/i, say: 'stale' },
  { name: 'patience', pattern: /\bpatience\b/i, say: 'idle timeout' },
  { name: 'ripe', pattern: /\bripe(At)?\b/, say: 'due' },
  {
    name: 'well',
    pattern: /\b(is|are) (not )?well\b|\bnot well\b|\bwell again\b|\ball is well\b/i,
    say: 'healthy, unhealthy, recovered',
    allowed: [{ text: /is well-formed|is well below/, why: 'the usual meaning' }],
  },
  { name: 'ledger', pattern: /\b(Memory)?Ledger\b/, say: 'StoreState' },
];

/** These are English that needs no second reading where they are meant literally; an unusual meaning is what a review looks for. */
const USUAL_WORDS: readonly UsualWord[] = [
  { name: 'say, said', pattern: /\bsa(y|ys|id)\b/i, why: 'of a person, a reply, a page or a header; a setting is given' },
  { name: 'tell, told', pattern: /\bt(ell|ells|old)\b/i, why: 'of somebody who is informed; a listener is called' },
  { name: 'keep, kept', pattern: /\bke(ep|eps|pt)\b/i, why: 'of what is retained; a row is stored' },
  { name: 'alone', pattern: /(?<!stand-)\balone\b/, why: 'by itself, or left alone; otherwise only' },
  { name: 'of its own', pattern: /\bof (its|their|his|your|our) own\b/i, why: 'where its own would change the sense' },
  { name: 'whatever', pattern: /\bwhatever\b/i, why: 'regardless of' },
  { name: 'whom', pattern: /\bwhom\b/i, why: 'the object of a sentence' },
  { name: 'like, alike', pattern: /\b(alike|likeness(es)?)\b/i, why: 'of contents: the similarity of their words' },
  { name: 'room', pattern: /\brooms?\b/i, why: 'space that is left; a part of the code is a module or a layer' },
  { name: 'trouble', pattern: /\btroubles?\b/i, why: 'the list on the dashboard of what is wrong' },
];

interface Place {
  readonly area: (typeof AREAS)[number];
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const AREAS = ['src', 'test', 'docs'] as const;

/** What is not read, and why. */
const LEFT_OUT: readonly (readonly [RegExp, string])[] = [
  [/^build\/words\.ts$/, 'names the words'],
  [/^CHANGELOG\.md$/, 'names what was renamed'],
  [/\/fixtures\//, 'files of old versions'],
  [/\/languages\//, 'phrases in other languages'],
  [/\/migrations\/|sqlite\/schema\.ts$/, 'a migration never changes'],
];

const asked = process.argv[2];
const places = placesToRead();
const known = [...WORDS, ...USUAL_WORDS].filter(({ name }) => asked === undefined || name.includes(asked));
const found = known.map((word) => ({ word, places: places.filter(({ text }) => word.pattern.test(text)) }));

console.log('   src  test  docs');
for (const { word, places: all } of found) {
  const counts = AREAS.map((area) => String(all.filter((place) => place.area === area).length).padStart(6));
  console.log(`${counts.join('')}  ${word.name}: ${'say' in word ? word.say : word.why}`);
}
const wrong = found.flatMap(({ word, places: all }) =>
  all
    .filter((place) => 'say' in word && !(word.allowed ?? []).some(({ text }) => text.test(place.text)))
    .map((place) => ({ word, place })),
);
const listed = asked === undefined ? wrong.map(({ place }) => place) : found.flatMap(({ places: all }) => all);
for (const { file, line, text } of listed) console.log(`${file}:${line}: ${text.trim()}`);
if (wrong.length > 0) {
  console.error(`${wrong.length} words without a reason: write what stands beside them, or give the reason in build/words.ts`);
  process.exitCode = 1;
}

function placesToRead(): readonly Place[] {
  const files = execFileSync('git', ['ls-files', 'src', 'test', 'build', 'examples', 'docs', '*.md'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return files
    .split('\n')
    .filter((file) => /\.(ts|js|css|html|md)$/.test(file) && !LEFT_OUT.some(([pattern]) => pattern.test(file)))
    .flatMap((file) =>
      readFileSync(join(ROOT, file), 'utf8')
        .split('\n')
        .map((text, index) => ({ area: areaOf(file), file, line: index + 1, text })),
    );
}

function areaOf(file: string): Place['area'] {
  if (file.endsWith('.md')) return 'docs';
  return file.startsWith('src/') && !/\.spec\.ts$|\.conformance\.ts$/.test(file) ? 'src' : 'test';
}
