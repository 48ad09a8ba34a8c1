import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { AppProcess } from '../support/app-process.js';
import { ONE_REQUEST } from '../support/one-request.js';
import { AUTHORIZED, CANARIES, leaks, watch } from '../support/canaries.js';
import { freePort } from '../support/free-port.js';

const ROUTES = [
  'health',
  'stats',
  'stats/history',
  'metrics',
  'windows',
  'dead',
  'rules',
  'dashboard',
  'docs/json',
  'nothing',
  'mailbox',
];

let folder: string;
let app: AppProcess;

/** Slack is used by its token or by its webhook, never by both. */
const SLACKS: Readonly<Record<string, (port: number) => Record<string, string>>> = {
  'a Slack token': () => ({}),
  'a Slack webhook': (port) => ({
    SLACK_BOT_TOKEN: '',
    SLACK_WEBHOOK_URL: `http://127.0.0.1:${port}/services/${CANARIES.slackHook}`,
  }),
};

async function start(slack: (port: number) => Record<string, string>): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
  const closed = await freePort();
  app = await AppProcess.start({
    STORE_PATH: join(folder, 'store.db'),
    SMTP_URL: `smtp://robot:${CANARIES.smtpPassword}@127.0.0.1:${closed}`,
    ...slack(closed),
    WEBHOOK_ALLOW_PRIVATE: 'true',
    BATCH_MAX_ATTEMPTS: '1',
    BATCH_TIMEOUT_MS: '1',
    ON_UNCERTAIN: 'dead',
  });
}
afterEach(() => rmSync(folder, { recursive: true }));

it.each(Object.entries(SLACKS))(
  'G10 no secret of any option, with %s, is in an answer, a log, an error or the store',
  async (_, slack) => {
    await start(slack);
    const headers = { ...AUTHORIZED, ...ONE_REQUEST, 'Content-Type': 'application/json' };
    const ask = async (path: string, init: RequestInit = {}): Promise<string> => {
      const response = await fetch(`${app.base}${path}`, { headers, ...init });
      const text = await response.text();
      watch(`the answer of ${path}`, `${text} ${JSON.stringify([...response.headers])}`);
      return text;
    };
    const messages = [
      { channel: 'email', to: 'ann@example.com' },
      { channel: 'slack', to: 'C1' },
      { channel: 'webhook', to: `http://127.0.0.1:${await freePort()}/x` },
    ];
    for (const { channel, to } of messages) {
      await ask('', { method: 'POST', body: JSON.stringify({ type: 'x', channel, to, title: 'Hello', priority: 'critical' }) });
    }
    await ask('', { method: 'POST', body: '{bad' });
    await ask('/stats', { headers: { Authorization: 'Bearer wrong' } });
    // Each has failed before anything is looked at.
    while ((JSON.parse(await ask('/dead')) as { items: unknown[] }).items.length < messages.length);
    for (const route of ROUTES) await ask(`/${route}`);
    expect(await app.stop('SIGTERM')).toBe(0);

    for (const file of readdirSync(folder)) watch(file, readFileSync(join(folder, file), 'latin1'));
    expect(leaks()).toEqual([]);
  },
);
