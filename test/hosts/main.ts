import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HostProject } from './host-project.ts';
import { callEveryRoute, callGateway, callHost } from './host-calls.ts';
import { MAJORS } from './majors.ts';
import { RunningHost } from './running-host.ts';

/**
 * `npm run check:hosts -- [--only 11] [--keep]`: makes an application of each major from the packed package, compiles it strictly, runs its unit test
 * in its own runner, starts it on Express and on Fastify, calls every route, and ends it by SIGTERM. It needs what `npm run build` made, and the registry.
 */
const { values } = parseArgs({ options: { only: { type: 'string' }, keep: { type: 'boolean', default: false } } });
const TOKEN = 'token-of-the-host-0123456789';

const folder = mkdtempSync(join(tmpdir(), 'check-hosts-'));
const failures: string[] = [];
try {
  const tarball = pack();
  for (const major of MAJORS.filter(({ name }) => name.includes(values.only ?? ''))) {
    const project = new HostProject(major, join(folder, String(MAJORS.indexOf(major))));
    const installed = await step(`${major.name}: install`, async () => await project.install(tarball));
    if (!installed) continue;
    const compiled = await step(`${major.name}: compile`, async () => await project.compile());
    for (const { name, args } of major.runners) {
      await step(`${major.name}: unit test in ${name}`, async () => {
        await project.node(...args);
      });
    }
    if (!compiled) continue;
    for (const adapter of ['express', 'fastify']) {
      await step(`${major.name}: start on ${adapter}, call every route, SIGTERM`, async () => await runOn(project, adapter));
    }
  }
} finally {
  if (values.keep) console.log(`The hosts are in ${folder}.`);
  else rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
console.log(failures.length === 0 ? 'all hosts passed' : `failed: ${failures.join('; ')}`);
process.exitCode = failures.length === 0 ? 0 : 1;

function pack(): string {
  const root = join(import.meta.dirname, '../..');
  const args = ['pack', '--ignore-scripts', '--pack-destination', folder];
  const printed = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const tarball = join(folder, printed.trim().split('\n').pop() ?? '');
  console.log(`the package: ${Math.round(statSync(tarball).size / 1_000)} kB`);
  return tarball;
}

/** @returns whether it succeeded */
async function step(what: string, run: () => Promise<void>): Promise<boolean> {
  process.stdout.write(`${what} … `);
  const startedAt = performance.now();
  try {
    await run();
    console.log(`passed in ${Math.round((performance.now() - startedAt) / 1_000)} s`);
    return true;
  } catch (error) {
    console.log(`FAILED\n${error instanceof Error ? error.message : String(error)}`);
    failures.push(what);
    return false;
  }
}

async function runOn(project: HostProject, adapter: string): Promise<void> {
  const variables = { API_TOKEN: TOKEN, STORE_PATH: join(project.folder, `${adapter}.db`) };
  const [host, address] = await RunningHost.start(project.folder, adapter, variables);
  try {
    const problems = [
      ...(await callEveryRoute(address, TOKEN)),
      ...(await callHost(address)),
      ...(await callGateway(address, TOKEN)),
    ];
    const end = await host.terminate();
    // Nest ends itself with the signal when every part has stopped.
    if (!['SIGTERM', '0', '143'].includes(end)) problems.push(`SIGTERM ended it with ${end}`);
    problems.push(...host.complaints.map((line) => `it logged: ${line}`));
    if (problems.length > 0) throw new Error(`${problems.join('\n')}\n${host.output}`);
  } finally {
    host.kill();
  }
}
