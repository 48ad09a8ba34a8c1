import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeAll, expect, it } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.js';
import { CANARIES } from '../support/canaries.js';
import { freePort } from '../support/free-port.js';
import { HttpApplication } from '../support/http-application.js';
import { runCommand } from '../support/run-command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const page = readFileSync('docs/cli.md', 'utf8');
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) => block.trim().split('\n'));
const [, csv = ''] = /^```csv\n([\s\S]*?)^```/m.exec(page) ?? [];
const NEWS = { type: 'news', channel: 'email', to: 'ann@example.com', title: 'Version 2' };

let app: HttpApplication;
let folder: string;
beforeAll(async () => {
  app = await HttpApplication.start({ batch: { maxAttempts: 1, timeoutMs: 10 }, webhook: { allowPrivate: true } });
  folder = temporaryFolder();
  writeFileSync(join(folder, 'people.csv'), csv);
  writeFileSync(join(folder, 'people.ndjson'), JSON.stringify(NEWS));
});

/** Words as a shell splits them, for what the page has: quotes around a value. */
function words(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
}

async function dies(): Promise<string> {
  const died = app.ended('dead', 1);
  const to = `http://127.0.0.1:${await freePort()}/`;
  const { json } = await app.post('', { type: 'hook', channel: 'webhook', to, title: 'a', priority: 'critical' });
  await died;
  return (json['deliveries'] as [{ id: string }])[0].id;
}

async function gathers(): Promise<string> {
  const { json } = await app.post('', NEWS);
  return (json['deliveries'] as [{ messageId: string }])[0].messageId;
}

it('docs/cli.md names every command', () => {
  for (const declare of COMMANDS) expect(page).toContain(`| \`${declare.name.replace('declare', '').toLowerCase()}\` |`);
});

// `start` is run by the test of the process that it is.
it.each(commands.filter((command) => !command.includes('nestjs-digest start')))('%s', async (command) => {
  const [, text = ''] = /(?:^|\| )npx nestjs-digest (.*)$/.exec(command) ?? [];
  expect(text).not.toBe('');
  const real: Readonly<Record<string, string>> = {
    ...(text.includes('WINDOW') ? { WINDOW: await gathers() } : {}),
    ...(text.includes('DELIVERY') ? { DELIVERY: await dies() } : {}),
    'people.csv': join(folder, 'people.csv'),
    'people.ndjson': join(folder, 'people.ndjson'),
    'http://127.0.0.1:3000/notifications': app.base,
    'sqlite:./data/notifications.db': `sqlite:${join(folder, 'old.db')}`,
    'postgres://app:secret@db:5432/app': `sqlite:${join(folder, 'new.db')}`,
  };
  const { code, out, error } = await runCommand(
    COMMANDS,
    words(text).map((word) => real[word] ?? word),
    {
      variables: { NOTIFICATIONS_URL: app.base, API_TOKEN: CANARIES.apiToken, STORE_PATH: ':memory:' },
      input: Readable.from([Buffer.from(JSON.stringify(NEWS))]),
    },
  );
  expect({ code, error }).toEqual({ code: 0, error: '' });
  expect(out).not.toBe('');
  if (text.includes('--json')) expect(typeof JSON.parse(out)).toBe('object');
});
