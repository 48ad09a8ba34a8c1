import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type LoggerService } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { NotificationModule } from '../../src/notification.module.js';
import { AppProcess } from '../support/app-process.js';
import { startChild } from '../support/child-process.js';
import { freePort } from '../support/free-port.js';
import { temporaryFolder } from '../support/temporary-folder.js';

class Lines implements LoggerService {
  readonly lines: string[] = [];
  readonly log = (message: unknown): unknown => this.lines.push(`log ${String(message)}`);
  readonly warn = (message: unknown): unknown => this.lines.push(`warn ${String(message)}`);
  readonly error = (message: unknown): unknown => this.lines.push(`error ${String(message)}`);
}

/** What the module logs from its start to its stop. */
async function logOf(options: NotificationModuleOptions, variables: Record<string, string> = {}): Promise<readonly string[]> {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  const logger = new Lines();
  try {
    const module = await Test.createTestingModule({ imports: [NotificationModule.forRoot(options)] })
      .setLogger(logger)
      .compile();
    const app = await module.init();
    await app.close();
  } finally {
    process.env = before;
  }
  return logger.lines;
}

describe('the log of a start', () => {
  it('says where the store is and what was found, which channels go where, and how many rules there are', async () => {
    const path = join(temporaryFolder(), 'n.db');
    const lines = await logOf({ store: { path }, aggregation: { rules: [{ type: 'x', windowMs: 1, maxCount: 1 }] } });
    const report = lines.find((line) => line.startsWith('log store:'));
    expect(report?.split('\n')).toEqual([
      `log store: ${path}, new, nothing pending`,
      '  channels: email (built-in mailbox), webhook (public addresses), sse (connected readers)',
      '  rules: 1 configured, and the built-in ones',
      '  routes: not mounted',
    ]);
  });

  it('says where the routes and the dashboard are', async () => {
    const lines = await logOf({ store: { path: ':memory:' }, http: { open: true, prefix: 'notes' } });
    expect(lines.find((line) => line.startsWith('log store:'))).toMatch(
      /\n {2}routes: under \/notes, with the dashboard at \/notes\/dashboard$/,
    );
  });

  it('warns of mail that nobody receives, of a sender that is left over, and of misspelt variables', async () => {
    const store = { path: ':memory:' };
    const warnings = async (options: NotificationModuleOptions, variables?: Record<string, string>) =>
      (await logOf({ store, ...options }, variables)).filter((line) => line.startsWith('warn'));
    expect(await warnings({})).toEqual(['warn SMTP_URL is not set: mail goes to the built-in mailbox and to nobody']);
    const smtpUrl = 'smtp://127.0.0.1:9';
    expect(await warnings({ email: { smtpUrl } })).toEqual([expect.stringContaining('warn EMAIL_FROM is not set')]);
    expect(await warnings({ email: { smtpUrl, from: 'shop@example.com' } })).toEqual([]);
    expect(
      await warnings({ email: { smtpUrl, from: 'shop@example.com' } }, { BATCH_MAX_SZE: '3', HOME: '/', REDIS_URL: 'redis://x' }),
    ).toEqual(['warn BATCH_MAX_SZE is no variable of this module; did you mean BATCH_MAX_SIZE?']);
  });

  it('of the stand-alone application names its pages, lists no routes, and has colours only on a terminal', async () => {
    const app = await AppProcess.start({ STORE_PATH: join(temporaryFolder(), 'n.db'), NO_COLOR: '' });
    expect(await app.stop('SIGTERM')).toBe(0);
    for (const page of ['', '/dashboard', '/mailbox', '/docs', '/health']) expect(app.log).toContain(`${app.base}${page}`);
    expect(app.log).toContain('channels: email (built-in mailbox), slack (bot), ');
    expect(app.log).not.toMatch(/RouterExplorer|InstanceLoader|Mapped/);
    // eslint-disable-next-line no-control-regex
    expect(app.log).not.toMatch(/\u001b/);
    expect(app.log.trim().split('\n').length).toBeLessThan(20);
  });

  it('is one JSON object per line with LOG_FORMAT=json', async () => {
    const app = await AppProcess.start({ STORE_PATH: ':memory:', LOG_FORMAT: 'json', WEBHOOK_ALLOW_PRIVATE: 'true' });
    await app.post('/channels/email/pause', {});
    await app.post('/channels/email/resume', {});
    // The routes of the application refuse it for good (404): it dies at once.
    const dead = { type: 'alert', channel: 'webhook', to: `${app.base}/none`, title: 'Dies', priority: 'critical' };
    await app.post('', dead);
    while (!app.log.includes('died')) await app.get('/health/live');
    expect(await app.stop('SIGTERM')).toBe(0);
    const lines = app.log.trim().split('\n');
    const messages = lines.map((line) => {
      const entry: unknown = JSON.parse(line);
      expect(entry).toMatchObject({ level: expect.any(String), message: expect.any(String) });
      return (entry as { readonly message: string }).message;
    });
    expect(messages).toEqual(
      expect.arrayContaining([
        'the channel email was paused by an operator',
        'the channel email was resumed by an operator',
        expect.stringMatching(/^1 delivery died: 1 webhook /),
        'stopped: nothing is left',
      ]),
    );
  });
});

describe('npm start', () => {
  /** A package with our script and our program, whose build is done already. */
  function folderLikeOurs(): string {
    const folder = temporaryFolder();
    const { scripts, type } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string }; type: string };
    const build = 'node -e ""';
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'x', type, scripts: { start: scripts.start, build } }));
    symlinkSync(resolve('dist'), join(folder, 'dist'));
    return folder;
  }

  async function listening(child: ChildProcess): Promise<void> {
    let text = '';
    await new Promise<void>((done, reject) => {
      child.stdout?.on('data', (part: Buffer) => {
        text += part.toString();
        if (text.includes('Listening.')) done();
      });
      child.stderr?.on('data', (part: Buffer) => (text += part.toString()));
      child.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${text}`)));
    });
  }

  it('G9 ends on SIGTERM, and the application with it', async () => {
    const port = await freePort();
    const child = startChild('npm', ['start'], {
      cwd: folderLikeOurs(),
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: String(port), STORE_PATH: ':memory:' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await listening(child);
    // The pipe closes when the last process that has it is gone, which is the application and not npm.
    const gone = once(child, 'close');
    child.kill('SIGTERM');
    await gone;
    await expect(fetch(`http://127.0.0.1:${port}/notifications/health`)).rejects.toThrow();
  });
});
