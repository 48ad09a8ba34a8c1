import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { type CoveredFile, isCalled, readCoverage } from './covered-files.ts';
import { publicMethods } from './public-methods.ts';

/**
 * `npm run coverage -- [arguments of jest]`: runs the tests and tells which lines of `src` they ran. It fails when a line of `src/model`, or a method that an
 * application can call, was never run, or a test failed. What runs in a process of its own (the built package, the command line as a program, examples) is
 * not seen. `-- --judge` tells it again of the last run.
 */
const ROOT = join(import.meta.dirname, '../..');
const REPORT = join(ROOT, 'coverage/coverage-final.json');
const ENTRIES = ['index', 'testing', 'postgres', 'terminus', 'websocket'].map((name) => `src/${name}.ts`);
const FULL = 'src/model';
const args = process.argv.slice(2);

const tested = args.includes('--judge') || runTests(args);
const files = readCoverage(REPORT, ROOT);
printFolders(files);
const missing = files
  .filter(({ path }) => path.startsWith(`${FULL}/`))
  .flatMap(({ path, uncovered }) => uncovered.map((line) => `${path}:${line}`));
printList(`lines of ${FULL} that no test ran`, missing);
const methods = publicMethods(ROOT, ENTRIES);
const uncalled = methods.filter((method) => !isCalled(method, files));
printList(
  `of ${methods.length} public methods, those that no test called`,
  uncalled.map(({ file, line, className, name }) => `${className}.${name} (${file}:${line})`),
);
process.exitCode = tested && missing.length === 0 && uncalled.length === 0 ? 0 : 1;

function runTests(patterns: readonly string[]): boolean {
  const coverage = [
    '--coverage',
    '--coverageProvider=v8',
    '--coverageReporters=json',
    '--coverageDirectory=coverage',
    ...['src/**/*.ts', '!src/**/*.{spec,conformance}.ts'].map((glob) => `--collectCoverageFrom=${glob}`),
  ];
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', ...coverage, ...patterns];
  return spawnSync(process.execPath, jest, { cwd: ROOT, stdio: 'inherit' }).status === 0;
}

function printFolders(all: readonly CoveredFile[]): void {
  const folders: readonly (readonly [string, readonly CoveredFile[]])[] = [
    ...Map.groupBy(all, ({ path }) => dirname(path)),
    ['all', all],
  ];
  console.log('\nlines run by tests, by folder');
  for (const [folder, inside] of folders) {
    const lines = inside.reduce((sum, file) => sum + file.lines, 0);
    const uncovered = inside.reduce((sum, file) => sum + file.uncovered.length, 0);
    console.log(`${folder.padEnd(32)} ${String(lines).padStart(6)} ${percent(lines - uncovered, lines).padStart(8)}`);
  }
}

/** Rounded down: 100 % is all. */
function percent(part: number, whole: number): string {
  return `${(Math.floor((part / whole) * 1_000) / 10).toFixed(1)} %`;
}

function printList(what: string, items: readonly string[]): void {
  console.log(`\n${what}: ${items.length}`);
  for (const item of items) console.log(`  ${item}`);
}
