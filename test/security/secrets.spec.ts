import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { AppProcess } from '../support/app-process.js';
import { freePort } from '../support/free-port.js';

const CANARIES = {
  token: 'canary-api-token-1',
  password: 'canary-smtp-password-2',
  slack: 'xoxb-canary-slack-3',
  webhook: `whsec_${Buffer.from('canary webhook secret number 4').toString('base64')}`,
  slackWebhook: 'T0/B0/canarySlackHook5',
};
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
  'a Slack token': (port) => ({ SLACK_BOT_TOKEN: CANARIES.slack, SLACK_API_URL: `http://127.0.0.1:${port}/api/` }),
  'a Slack webhook': (port) => ({ SLACK_WEBHOOK_URL: `http://127.0.0.1:${port}/services/${CANARIES.slackWebhook}` }),
};

async function start(slack: (port: number) => Record<string, string>): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
  const closed = await freePort();
  app = await AppProcess.start({
    STORE_PATH: join(folder, 'store.db'),
    API_TOKEN: CANARIES.token,
    SMTP_URL: `smtp://robot:${CANARIES.password}@127.0.0.1:${closed}`,
    ...slack(closed),
    WEBHOOK_SECRETS: CANARIES.webhook,
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
    const headers = { Authorization: `Bearer ${CANARIES.token}`, 'Content-Type': 'application/json' };
    const seen: string[] = [];
    const ask = async (path: string, init: RequestInit = {}): Promise<string> => {
      const response = await fetch(`${app.base}${path}`, { headers, ...init });
      const text = await response.text();
      seen.push(text, JSON.stringify([...response.headers]));
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

    const store = readFileSync(join(folder, 'store.db'), 'latin1');
    for (const [name, canary] of Object.entries(CANARIES)) {
      const forms = [canary, encodeURIComponent(canary), Buffer.from(canary).toString('base64')];
      for (const form of forms) {
        expect([name, seen.some((text) => text.includes(form))]).toEqual([name, false]);
        expect([name, store.includes(form)]).toEqual([name, false]);
        expect([name, app.log.includes(form)]).toEqual([name, false]);
      }
    }
  },
);
