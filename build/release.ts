import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/**
 * Makes a release in the working copy: `npm run release -- [patch | minor | major | X.Y.Z] [--dry-run]`. It dates the changelog's section "Unreleased",
 * sets the version, commits and tags. It neither pushes nor publishes: it says how.
 */
const CHANGELOG = 'CHANGELOG.md';
const VERSION_FILE = 'src/model/package-version.ts';
const HEADING = '## Unreleased';
const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;

interface Plan {
  readonly version: string;
  readonly changelog: string;
  readonly notes: string;
}

function main(): void {
  const { values, positionals } = parseArgs({ options: { 'dry-run': { type: 'boolean' } }, allowPositionals: true });
  const isDry = values['dry-run'] === true;
  if (positionals.length > 1) throw new Error(`give one version, not ${positionals.join(' and ')}`);
  const plan = planOf(positionals[0] ?? 'minor');
  const dirt = git('status', '--porcelain');
  if (dirt !== '') throw new Error(`the working copy has changes that are not committed:\n${dirt}`);
  if (git('tag', '--list', `v${plan.version}`) !== '') throw new Error(`the tag v${plan.version} is there already`);
  console.log(`${isDry ? 'would release' : 'releasing'} ${plan.version} with these notes:\n\n${plan.notes}\n`);
  if (!isDry) perform(plan);
  console.log(`${isDry ? 'would then' : 'now'} be published by:\n  git push --follow-tags\n  npm publish`);
}

/** @throws Error when nothing is to be released, or the version is none, or not a later one */
function planOf(wanted: string): Plan {
  const { version: current } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
  const version = nextVersion(current, wanted);
  const text = readFileSync(CHANGELOG, 'utf8');
  const start = text.indexOf(`${HEADING}\n`);
  if (start < 0) throw new Error(`${CHANGELOG} has no section "${HEADING}"`);
  if (text.includes(`## ${version} `)) throw new Error(`${CHANGELOG} has a section of ${version} already`);
  const body = start + HEADING.length + 1;
  const next = text.indexOf('\n## ', body);
  const notes = text.slice(body, next < 0 ? undefined : next).trim();
  if (!/^- \S/m.test(notes))
    throw new Error(`the section "${HEADING}" of ${CHANGELOG} lists no change: there is nothing to release`);
  const date = new Date().toISOString().slice(0, 'yyyy-mm-dd'.length);
  const rest = next < 0 ? '' : text.slice(next);
  return { version, notes, changelog: `${text.slice(0, start)}${HEADING}\n\n## ${version} (${date})\n\n${notes}\n${rest}` };
}

function nextVersion(current: string, wanted: string): string {
  const [major = 0, minor = 0, patch = 0] = partsOf(current);
  switch (wanted) {
    case 'major':
      return `${major + 1}.0.0`;
    case 'minor':
      return `${major}.${minor + 1}.0`;
    case 'patch':
      return `${major}.${minor}.${patch + 1}`;
  }
  const parts = partsOf(wanted);
  const firstDifferent = [major, minor, patch].findIndex((part, index) => part !== parts[index]);
  const isLater = firstDifferent >= 0 && (parts[firstDifferent] ?? 0) > ([major, minor, patch][firstDifferent] ?? 0);
  if (!isLater) throw new Error(`the version: got ${wanted}; it must be later than ${current}`);
  return wanted;
}

function partsOf(version: string): readonly number[] {
  const parts = VERSION.exec(version)?.slice(1).map(Number);
  if (parts === undefined) throw new Error(`the version: got ${version}; it must be patch, minor, major, or like 1.2.3`);
  return parts;
}

function perform({ version, changelog }: Plan): void {
  writeFileSync(CHANGELOG, changelog);
  const source = readFileSync(VERSION_FILE, 'utf8');
  writeFileSync(VERSION_FILE, source.replace(/'\d+\.\d+\.\d+'/, `'${version}'`));
  execFileSync('npm', ['version', version, '--no-git-tag-version'], { stdio: 'ignore' });
  git('commit', '--quiet', '--all', '--message', `release: ${version}`);
  git('tag', '--annotate', `v${version}`, '--message', version);
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' }).trim();
}

try {
  main();
} catch (error) {
  console.error(`no release: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
