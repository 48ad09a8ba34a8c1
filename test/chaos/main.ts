import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** `npm run chaos -- postgres [MINUTES [SEED]]`: instances on one PostgreSQL server under faults, judged by what they noted and by the tables. */
const SPECS: Readonly<Record<string, string>> = { postgres: 'test/e2e/postgres-chaos.e2e-spec.ts' };

const [store = '', minutes = '2', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
const spec = SPECS[store];
if (spec === undefined || !(Number(minutes) > 0)) {
  console.error(`npm run chaos -- ${Object.keys(SPECS).join(' | ')} [MINUTES [SEED]]`);
  process.exit(2);
}
const child = spawn('npm', ['run', '-s', 'test:only', '--', '--testPathPatterns', spec], {
  stdio: 'inherit',
  env: { ...process.env, CHAOS_MINUTES: minutes, CHAOS_SEED: seed },
});
const [code] = (await once(child, 'exit')) as [number | null];
process.exit(code ?? 1);
