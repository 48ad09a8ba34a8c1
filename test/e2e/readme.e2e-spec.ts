import { type ChildProcess, execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { startChild } from '../support/child-process.js';
import { freePort } from '../support/free-port.js';
import { ONE_REQUEST } from '../support/one-request.js';
import { ensureProgram } from '../support/provision.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { timeLimitMs } from '../support/time-limit.js';

ensureProgram('curl', { package: 'curl' });

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What a clean clone does not have. */
const NOT_CLONED = ['.git', 'node_modules', 'dist', 'data', '.env'].map((name) => join(ROOT, name));
const INSTALL = 'npm ci && ';
/** Where the commands of the pages find the application. */
const WRITTEN_HOST = 'localhost:3000';

/** The blocks of a page in one language, in order. */
function blocksOf(page: string, language: string): readonly string[] {
  const blocks = readFileSync(join(ROOT, page), 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```/gm);
  return [...blocks].flatMap(([, is, code = '']) => (is === language ? [code.trim()] : []));
}

const quickStart = blocksOf('docs/quick-start.md', 'sh');
const startBlock = quickStart.find((block) => block.includes('npm start')) ?? '';
const [sendBlock = '', windowBlock = ''] = quickStart.filter((block) => block.includes('curl'));

describe('the commands of the quick start, as they are written', () => {
  let clone: string;
  let server: ChildProcess;
  let host: string;
  let output = '';

  beforeAll(async () => {
    clone = temporaryFolder();
    const isCloned = (path: string): boolean => !NOT_CLONED.some((left) => path === left || path.startsWith(left + sep));
    cpSync(ROOT, clone, { recursive: true, filter: isCloned });
    symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
    // What `npm ci` installs is here already: these tests run on it.
    expect(startBlock.startsWith(INSTALL)).toBe(true);
    const [program = '', ...args] = startBlock.slice(INSTALL.length).split(' ');
    const env = { PATH: process.env['PATH'], HOME: clone, NO_COLOR: '1', PORT: '0' };
    server = startChild(program, args, { cwd: clone, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const listening = Promise.withResolvers<string>();
    for (const stream of [server.stdout, server.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const [, found] = /Listening\..*http:\/\/([^/\s]+)\//.exec(output) ?? [];
        if (found !== undefined) listening.resolve(found);
      });
    }
    server.once('exit', (code) => listening.reject(new Error(`npm start ended with ${String(code)}:\n${output}`)));
    host = await listening.promise;
  }, timeLimitMs(6));

  const run = async (block: string): Promise<string> =>
    (await promisify(execFile)('sh', ['-ec', block.replaceAll(WRITTEN_HOST, host)])).stdout;

  it('README sends the same', () => {
    expect(blocksOf('README.md', 'sh')).toEqual(['npm i nestjs-digest', 'npx nestjs-digest start', sendBlock]);
  });

  it('send ten updates and an alert: the mailbox shows one digest of ten, and the alert', async () => {
    const answers = await run(sendBlock);
    expect(answers).toContain('"accepted":10');
    expect(answers).toContain('"route":"immediate"');
    const mailbox = async (): Promise<string> =>
      (await fetch(`http://${host}/notifications/mailbox`, { headers: ONE_REQUEST })).text();
    let page = await mailbox();
    while (!page.includes('Update 10 is out') || !page.includes('The database is down')) page = await mailbox();
    const { counts } = (await (await fetch(`http://${host}/notifications/stats`, { headers: ONE_REQUEST })).json()) as {
      counts: { byState: Record<string, number> };
    };
    expect(counts.byState).toMatchObject({ delivered: 11 });
    for (let i = 1; i <= 10; i++) expect(page).toContain(`Update ${i} is out`);
    expect(page.match(/<article/g)).toHaveLength(2);
  });

  it('show an update that gathers, and send it', async () => {
    const answers = await run(windowBlock);
    expect(answers).toContain('"route":"aggregate"');
    expect(answers).toContain('"title":"Update 11 is out"');
    expect(answers).toContain('"flushed":1');
  });

  it('the application: comments become one mail', async () => {
    const [program = ''] = blocksOf('docs/quick-start.md', 'ts');
    const port = await freePort();
    const compilerOptions = {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    };
    const { outputText } = ts.transpileModule(program.replace('listen(3000', `listen(${port}`), { compilerOptions });
    // In the clone, whose own name leads to what `npm start` has built.
    writeFileSync(join(clone, 'quick-start.js'), outputText);
    const env = { PATH: process.env['PATH'], STORE_PATH: ':memory:', NO_COLOR: '1' };
    const application = startChild(process.execPath, ['--no-warnings', 'quick-start.js'], { cwd: clone, env, stdio: 'pipe' });
    const base = `http://127.0.0.1:${port}`;
    const ask = (path: string, body?: object): Promise<Response> =>
      fetch(`${base}${path}`, {
        headers: { ...ONE_REQUEST, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
    while (
      !(await ask('/notifications/health/live').then(
        ({ ok }) => ok,
        () => application.exitCode !== null,
      ))
    );
    expect(application.exitCode).toBeNull();
    expect((await ask('/comments', { project: 'Lisbon', author: 'Ann' })).status).toBe(201);
    expect((await ask('/comments', { project: 'Lisbon', author: 'Bob' })).status).toBe(201);
    expect(await (await ask('/notifications/flush', {})).json()).toMatchObject({ flushed: 1 });
    const mailbox = async (): Promise<string> => (await ask('/notifications/mailbox')).text();
    let page = await mailbox();
    while (!page.includes('<article')) page = await mailbox();
    expect(page.match(/<article/g)).toHaveLength(1);
    expect(page).toContain('Ann commented on Lisbon');
    expect(page).toContain('Bob commented on Lisbon');
  });

  it('G9 a SIGTERM to only npm ends everything that it started', async () => {
    // The pipe closes when no process has it any more.
    const closed = once(server, 'close');
    server.kill('SIGTERM');
    await closed;
    await expect(fetch(`http://${host}/notifications/health`, { headers: ONE_REQUEST })).rejects.toThrow('fetch failed');
  });
});
