import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { temporaryFolder } from './support/temporary-folder.js';

const SCRIPT = resolve('build/release.ts');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const CHANGES = '# Changelog\n\n## Unreleased\n\n- One thing.\n- Another.\n\n## 0.1.0 (2026-01-01)\n\n- All.\n';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder, 'src/model'), { recursive: true });
  cpSync('src/model/package-version.ts', join(folder, 'src/model/package-version.ts'));
  write('package.json', '{ "name": "x", "version": "0.1.0" }\n');
  write('CHANGELOG.md', CHANGES);
  git('init', '--quiet');
  commit();
});

const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: folder, encoding: 'utf8' });

function commit(): void {
  git('add', '--all');
  git('commit', '--quiet', '--message', 'all');
}

function release(...args: string[]) {
  const identity = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  };
  const options = { cwd: folder, env: { ...process.env, ...identity }, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', SCRIPT, ...args], options);
  return { status, out: stdout, error: stderr };
}

it('is what `npm run release` runs', () => {
  expect(scripts['release']).toBe('node build/release.ts');
});

it('shows what a dry run would do, and changes nothing', () => {
  const { status, out } = release('--dry-run');
  expect(status).toBe(0);
  expect(out).toContain('would release 0.2.0 with these notes:\n\n- One thing.\n- Another.\n');
  expect(git('status', '--porcelain') + git('tag')).toBe('');
  expect(read('CHANGELOG.md')).toBe(CHANGES);
});

it('dates the section, sets the version, commits and tags', () => {
  expect(release('patch')).toMatchObject({ status: 0, error: '' });
  expect(read('CHANGELOG.md')).toMatch(
    /^# Changelog\n\n## Unreleased\n\n## 0\.1\.1 \(\d{4}-\d\d-\d\d\)\n\n- One thing\.\n- Another\.\n\n## 0\.1\.0 \(2026-01-01\)\n\n- All\.\n$/,
  );
  expect(JSON.parse(read('package.json'))).toMatchObject({ version: '0.1.1' });
  expect(read('src/model/package-version.ts')).toContain("'0.1.1'");
  expect(git('tag').trim()).toBe('v0.1.1');
  expect(git('log', '-1', '--format=%s').trim()).toBe('release: 0.1.1');
  expect(git('status', '--porcelain')).toBe('');
  // What was released is not released again.
  expect(release('minor')).toMatchObject({ status: 1, error: expect.stringContaining('lists no change') as unknown });
});

it.each([
  [['0.1.0'], 'got 0.1.0; it must be later than 0.1.0'],
  [['0.0.9'], 'it must be later than 0.1.0'],
  [['next'], 'got next; it must be patch, minor, major, or like 1.2.3'],
  [['patch', 'minor'], 'give one version, not patch and minor'],
])('refuses %j', (args, text) => {
  const { status, error } = release('--dry-run', ...args);
  expect(status).toBe(1);
  expect(error).toMatch(/^no release: /);
  expect(error).toContain(text);
});

it('refuses a working copy with changes, a tag that is there, and a changelog without the section', () => {
  write('other', '');
  expect(release('--dry-run').error).toContain('has changes that are not committed:\n?? other');
  commit();
  git('tag', 'v0.2.0');
  expect(release('--dry-run').error).toContain('the tag v0.2.0 is there already');
  write('CHANGELOG.md', CHANGES.replace('## Unreleased', '## Next'));
  expect(release('--dry-run', 'major').error).toContain('has no section "## Unreleased"');
});
