import { type ChildProcess, execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { once } from 'node:events';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { startChild } from '../support/child-process.js';
import { ONE_REQUEST } from '../support/one-request.js';
import { ensureProgram } from '../support/provision.js';
import { temporaryFolder } from '../support/temporary-folder.js';

ensureProgram('curl', { package: 'curl' });

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What a clean clone does not have. */
const NOT_CLONED = ['.git', 'node_modules', 'dist', 'data', '.env'].map((name) => join(ROOT, name));
const INSTALL = 'npm ci && ';
/** Where README's commands find the application. */
const README_HOST = 'localhost:3000';

/** The shell blocks of README, in order. */
const blocks = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, code = '']) =>
  code.trim(),
);
const startBlock = blocks.find((block) => block.includes('npm start')) ?? '';
const sendBlock = blocks.find((block) => block.includes(`curl`) && block.includes(README_HOST)) ?? '';

describe('the first commands of README, as they are written', () => {
  let server: ChildProcess;
  let host: string;
  let output = '';

  beforeAll(async () => {
    const clone = temporaryFolder();
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
  });

  it('send ten updates and an alert: the mailbox shows one digest of ten, and the alert', async () => {
    const answers = await promisify(execFile)('sh', ['-ec', sendBlock.replaceAll(README_HOST, host)]);
    expect(answers.stdout).toContain('"accepted":10');
    expect(answers.stdout).toContain('"route":"immediate"');
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

  it('G9 a SIGTERM to npm alone ends everything that it started', async () => {
    // The pipe closes when no process has it any more.
    const closed = once(server, 'close');
    server.kill('SIGTERM');
    await closed;
    await expect(fetch(`http://${host}/notifications/health`, { headers: ONE_REQUEST })).rejects.toThrow('fetch failed');
  });
});
