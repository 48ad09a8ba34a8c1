import { spawn } from 'node:child_process';
import { createWriteStream, globSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';

/**
 * `npm run check:long -- [STEP …]`: what takes too long for every change, one step after the other; all of them, or those that are named. It goes on after
 * a failure, and fails at the end. What a step prints is in a file; its end is shown when the step fails.
 */
interface Step {
  readonly name: string;
  readonly what: string;
  readonly command: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

const npm = (script: string, ...args: readonly string[]): readonly string[] => ['npm', 'run', '-s', script, '--', ...args];
const test = (...patterns: readonly string[]): readonly string[] => npm('test:only', '--testPathPatterns', ...patterns);

const FAST_CHECK = "from 'fast-check'";

const LONG_SPECS = JSON.parse(readFileSync(new URL('long-specs.json', import.meta.url), 'utf8')) as readonly string[];

const STEPS: readonly Step[] = [
  { name: 'build', what: 'the package, which other steps start', command: npm('build') },
  {
    name: 'model',
    what: '5 000 random schedules on each store',
    command: test('src/storage/store-model.spec.ts'),
    variables: { STORE_MODEL_RUNS: '5000', PROPERTY_SEED: 'random' },
  },
  { name: 'long', what: 'test files that take too long for every change', command: test(...LONG_SPECS) },
  {
    name: 'recipients',
    what: '5 000 random lives of a recipient on each store, against a second calculation',
    command: test('src/recipients/recipient-property.spec.ts'),
    variables: { RECIPIENT_RUNS: '5000', PROPERTY_SEED: 'random' },
  },
  {
    name: 'properties',
    what: 'every property, from another seed than usual',
    command: test(
      ...globSync('{src,test}/**/*.{spec,e2e-spec}.ts').filter((file) => readFileSync(file, 'utf8').includes(FAST_CHECK)),
    ),
    variables: { PROPERTY_SEED: 'random' },
  },
  {
    name: 'kill',
    what: '60 kills at other times than usual, 2 000 notifications each',
    command: test('test/e2e/kill.e2e-spec.ts'),
    variables: { KILL_ROUNDS: '60', KILL_SEED: String(Date.now() % 2 ** 31) },
  },
  {
    name: 'smtp',
    what: '2 000 random courses of replies and cuts, for each way to send mails',
    command: test('test/e2e/email-random.e2e-spec.ts'),
    variables: { SMTP_RUNS: '2000', TEST_TIMEOUT_FACTOR: '20' },
  },
  {
    name: 'chaos',
    what: 'every fault of a server and of a line, five times',
    command: test('test/e2e/faults.e2e-spec.ts'),
    variables: { FAULT_ROUNDS: '5' },
  },
  {
    name: 'chaos-postgres',
    what: 'ten minutes of kills, pauses, cuts and crashes around three instances on PostgreSQL',
    command: npm('chaos', 'postgres', '10'),
  },
  {
    name: 'dashboard',
    what: 'ten minutes of the open dashboard, with 100 000 windows',
    command: test('test/e2e/dashboard-open.e2e-spec.ts'),
    variables: { DASHBOARD_FRAMES: '300', DASHBOARD_WINDOWS: '100000', TEST_TIMEOUT_FACTOR: '20' },
  },
  { name: 'fuzz', what: '20 000 mutated requests over every route', command: npm('fuzz', '--requests', '20000') },
  {
    name: 'power-cut',
    what: 'the store after 200 power failures: nothing that was promised is lost',
    command: npm('power-cut'),
    variables: { POWER_CUT_TIMES: '200' },
  },
  {
    name: 'due',
    what: 'a million windows that are due in one second',
    command: test('test/e2e/due-windows.e2e-spec.ts'),
    variables: { DUE_WINDOWS: '1000000' },
  },
  {
    name: 'coverage',
    what: 'every line of the model, and every public method, is run by a test',
    command: npm('coverage'),
    variables: { TEST_TIMEOUT_FACTOR: '3' },
  },
  {
    name: 'docs',
    what: 'the reference of the API and the pages as a site, without a link that leads nowhere',
    command: npm('docs'),
  },
  { name: 'hosts', what: 'applications of two majors, made from the packed package', command: npm('check:hosts') },
  {
    name: 'soak',
    what: 'full load for ten minutes: memory and delay of the event loop (on a quiet machine)',
    command: npm('soak', '600'),
  },
];
const SHOWN_LINES = 80;

const folder = mkdtempSync(join(tmpdir(), 'check-long-'));
const chosen = chooseSteps(process.argv.slice(2));
const failed: string[] = [];
for (const step of chosen) {
  const log = join(folder, `${step.name}.log`);
  process.stdout.write(`${step.name.padEnd(10)} ${step.what} … `);
  const startedAt = performance.now();
  const code = await run(step, log);
  console.log(`${code === 0 ? 'passed' : `FAILED (${code})`} in ${duration(performance.now() - startedAt)}`);
  if (code === 0) continue;
  failed.push(step.name);
  console.log(readFileSync(log, 'utf8').trimEnd().split('\n').slice(-SHOWN_LINES).join('\n'));
}
console.log(
  `${chosen.length - failed.length} passed, ${failed.length} failed${failed.length === 0 ? '' : `: ${failed.join(', ')}`}`,
);
console.log(`What the steps printed is in ${folder}.`);
process.exitCode = failed.length === 0 ? 0 : 1;

function chooseSteps(names: readonly string[]): readonly Step[] {
  const known = STEPS.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`there is no step ${unknown.join(', ')}; there are ${known.join(', ')}`);
    process.exit(1);
  }
  // The others need what the first one makes.
  return names.length === 0 ? STEPS : STEPS.filter(({ name }, index) => index === 0 || names.includes(name));
}

/** In its own process group, which ends with this process. */
async function run({ command, variables }: Step, log: string): Promise<number | string> {
  const output = createWriteStream(log);
  await once(output, 'open');
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    env: { ...process.env, LONG_TESTS: '1', ...variables },
    stdio: ['ignore', output, output],
    detached: true,
  });
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  const interrupted = (): void => {
    kill();
    process.exit(130);
  };
  process.once('exit', kill).once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  process.off('exit', kill).off('SIGINT', interrupted).off('SIGTERM', interrupted);
  output.end();
  return code ?? signal ?? 'no exit code';
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
