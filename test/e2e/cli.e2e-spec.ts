import { createServer } from 'node:http';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.js';
import { type CommandSurroundings } from '../../src/cli/command.js';
import { CANARIES, watch } from '../support/canaries.js';
import { freePort } from '../support/free-port.js';
import { HttpApplication } from '../support/http-application.js';
import { endAfterTest } from '../support/resources.js';
import { type CommandResult, runCommand } from '../support/run-command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let app: HttpApplication;
beforeAll(async () => {
  app = await HttpApplication.start({
    batch: { maxAttempts: 1, timeoutMs: 10 },
    webhook: { allowPrivate: true },
    aggregation: { rules: [{ type: 'news', windowMs: 3_600_000, maxCount: 500 }] },
  });
});

/** Against the application of this file. */
async function run(args: readonly string[], surroundings: Partial<CommandSurroundings> = {}): Promise<CommandResult> {
  const variables = { NOTIFICATIONS_URL: app.base, API_TOKEN: CANARIES.apiToken };
  const result = await runCommand(COMMANDS, args, { variables, ...surroundings });
  watch('the command line', result.out + result.error);
  return result;
}

async function runJson(...args: readonly string[]): Promise<unknown> {
  const { code, out } = await run([...args, '--json']);
  return { code, ...(JSON.parse(out) as object) };
}

function fileOf(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

describe('send', () => {
  const rows = (to: string, count: number): string =>
    `to,title,data.server\r\n${Array.from({ length: count }, (_, i) => `${to},"Update ${i}, of a ""server""",s${i}\r\n`).join('')}`;

  it('sends a CSV file line by line with progress, and within 24 hours nothing of it twice', async () => {
    const file = fileOf('people.csv', rows('csv@example.com', 150));
    const args = ['send', file, '--set', 'type=news', '--set', 'channel=email', '--set', 'title=not this one'];
    const first = await run(args, { showsProgress: true });
    expect(first).toMatchObject({ code: 0, out: '150 accepted, 0 accepted before, 0 rejected\n' });
    // eslint-disable-next-line no-control-regex -- what a terminal is told
    expect(first.error).toMatch(/\r\u001b\[K\[=+ *\] \d+ % 100 sent, 0 rejected, \d+\/s.*\r\u001b\[K$/s);
    expect(await run(args)).toEqual({ code: 0, out: '0 accepted, 150 accepted before, 0 rejected\n', error: '' });
    const { json } = await app.get('/windows?address=csv@example.com');
    expect(json['items']).toMatchObject([{ count: 150 }]);
    const shown = JSON.stringify(json);
    expect(shown).toContain('Update 149, of a \\"server\\"');
  });

  it('lists the lines that are rejected with what is wrong, and accepts the other ones', async () => {
    const good = '{"type":"news","channel":"email","to":"nd@example.com","title":"a"}';
    const file = fileOf('mixed.ndjson', `${good}\n\n{"type":"news"\n["a"]\n${good.replace('nd@', 'nd')}\n${good}`);
    const { code, out, error } = await run(['send', file]);
    expect({ code, out }).toEqual({ code: 1, out: '2 accepted, 0 accepted before, 3 rejected\n' });
    expect(error).toMatch(/^line 3: not JSON: .*\nline 4: must be a JSON object\nline 5: .*to.*"ndexample.com".*\n$/);
  });

  it('goes on at a line, reads the standard input, and says all of it as JSON', async () => {
    const lines = Array.from({ length: 5 }, (_, i) => `{"type":"news","channel":"email","to":"in@example.com","title":"${i}"}\n`);
    const input = Readable.from([Buffer.from(lines.join(''))]);
    const { out } = await run(['send', '--from-line', '4', '--json'], { input });
    expect(JSON.parse(out)).toEqual({ accepted: 2, duplicates: 0, rejected: 0, doneLine: 5, errors: [] });
  });

  it('stops when none of the first hundred lines is accepted', async () => {
    const file = fileOf('wrong.csv', rows('nobody', 250));
    const { code, out, error } = await run(['send', file, '--set', 'type=news', '--set', 'channel=email']);
    expect({ code, out }).toEqual({ code: 1, out: '0 accepted, 0 accepted before, 100 rejected\n' });
    expect(error).toContain('nestjs-digest send: every one of the first lines was rejected\n');
  });

  it('waits for room in a full queue, and sends the lines again that had none', async () => {
    const small = await HttpApplication.start({ queue: { maxPending: 100 } });
    const lines = Array.from(
      { length: 250 },
      (_, i) => `{"type":"x","channel":"email","to":"full@example.com","title":"${i}"}\n`,
    );
    let emptied: Promise<unknown> | undefined;
    const { code, out } = await run(['send'], {
      variables: { NOTIFICATIONS_URL: small.base, API_TOKEN: CANARIES.apiToken },
      input: Readable.from([Buffer.from(lines.join(''))]),
      showsProgress: true,
      complain: (text) => {
        if (text.includes('the queue of the application is full')) emptied = small.post('/flush', {});
      },
    });
    expect({ code, out }).toEqual({ code: 0, out: '250 accepted, 0 accepted before, 0 rejected\n' });
    expect(emptied).toBeDefined();
    await emptied;
  });

  it('tells how to go on when it is interrupted, and goes on without a gap or a repeat', async () => {
    const file = fileOf('long.csv', rows('long@example.com', 350));
    const stop = new AbortController();
    const args = ['send', file, '--set', 'type=news', '--set', 'channel=email'];
    let error = '';
    const { code } = await run(args, {
      showsProgress: true,
      interruption: () => stop.signal,
      complain: (text) => {
        error += text;
        if (text.includes(' 200 sent')) stop.abort();
      },
    });
    expect(code).toBe(1);
    const [, line = ''] = /go on with --from-line (\d+) --key long\.csv, or send all of it again/.exec(error) ?? [];
    expect(Number(line)).toBe(202);
    expect((await run([...args, '--from-line', line])).out).toBe('150 accepted, 0 accepted before, 0 rejected\n');
    expect((await run(args)).out).toBe('0 accepted, 350 accepted before, 0 rejected\n');
  });

  it.each([
    [['send', 'people.txt'], 2, 'ends neither in .csv, .ndjson nor .jsonl; give --format'],
    [['send', '/no/such/file.csv'], 1, '/no/such/file.csv cannot be read: ENOENT'],
    [['send', '/', '--format', 'csv'], 1, 'EISDIR'],
    [['send', '--set', 'channel'], 2, '--set: got "channel"; it must be a field and its value, such as channel=email'],
    [['send', '--from-line', '0'], 2, 'It must be a whole number, 1 or more.'],
    [['send', '--format', 'xml'], 2, 'Allowed choices are csv, ndjson.'],
  ] as const)('%j ends with %d and says so', async (args, code, text) => {
    const result = await run(args);
    expect(result.code).toBe(code);
    expect(result.error).toContain(text);
  });

  it('tells where the input is no CSV or no UTF-8', async () => {
    const args = ['--set', 'type=news', '--set', 'channel=email'];
    const open = await run(['send', fileOf('open.csv', 'to,title\na@example.com,"b'), ...args]);
    expect(open.error).toContain('line 2: a quote that opens here is never closed; nothing from there on was sent');
    const heading = await run(['send', fileOf('heading.csv', 'to,data..x\n'), ...args]);
    expect(heading).toMatchObject({
      code: 2,
      error: expect.stringContaining('the heading of column 2: got "data..x"') as unknown,
    });
    const latin = join(temporaryFolder(), 'latin.csv');
    writeFileSync(latin, Buffer.from('to,title\na@example.com,caf\u00e9', 'latin1'));
    expect((await run(['send', latin, ...args])).error).toContain('the input is not UTF-8');
  });
});

describe('windows, flush, dead, replay and status', () => {
  const news = (to: string) => ({ type: 'news', channel: 'email', to, title: 'a' });

  it('lists windows by filter, and flushes one or those that match', async () => {
    for (const to of ['w1@example.com', 'w2@example.com']) expect((await app.post('', news(to))).status).toBe(202);
    const { code, out } = await run(['windows', '--address', 'w1@example.com']);
    expect(code).toBe(0);
    expect(out).toMatch(/^WINDOW +CHANNEL +ADDRESS +TYPE +COUNT +DUE\n(\S+) +email +w1@example\.com +news +1 +20\S+Z\n$/);
    const [, window = ''] = /\n(\S+)/.exec(out) ?? [];
    expect(await run(['flush', window])).toEqual({ code: 0, out: 'flushed 1 windows\n', error: '' });
    expect(await run(['flush', window])).toMatchObject({ code: 1, error: expect.stringContaining('409: ') as unknown });
    expect(await runJson('flush', '--address', 'w2@example.com', '--type', 'news')).toEqual({ code: 0, flushed: 1 });
    expect((await run(['windows', '--title', 'no such title'])).out).toBe('no open windows\n');
  });

  it('says that there is more than --limit', async () => {
    for (const to of ['m1@example.com', 'm2@example.com', 'm3@example.com']) await app.post('', { ...news(to), title: 'many' });
    const { out } = await run(['windows', '--title', 'many', '--limit', '2']);
    expect(out.split('\n')).toHaveLength(5); // headings, two windows, the hint, and nothing after the last line feed
    expect(out).toContain('\nand more: give --limit\n');
  });

  it('lists the dead and their groups, and replays by id, by filter or all of them', async () => {
    const died = app.ended('dead', 2);
    const port = await freePort();
    for (const path of ['1', '2']) {
      const to = `http://127.0.0.1:${port}/${path}`;
      const { status } = await app.post('', { type: 'hook', channel: 'webhook', to, title: 'a', priority: 'critical' });
      expect(status).toBe(202);
    }
    await died;
    const { out } = await run(['dead', '--channel', 'webhook']);
    expect(out).toMatch(/^DELIVERY +CHANNEL +ADDRESS +TYPE +REASON +ENDED +LAST ERROR\n/);
    const ids = [...out.matchAll(/^(\S+) +webhook/gm)].map(([, id = '']) => id);
    expect(ids).toHaveLength(2);
    expect((await run(['dead', '--groups'])).out).toMatch(/^COUNT +ADDRESSES +CHANNEL .*\n +2 +2 +webhook/);
    const again = app.ended('dead', 1);
    expect((await run(['replay', ids[0] ?? ''])).out).toBe('replayed 1 deliveries\n');
    await again;
    const both = app.ended('dead', 2);
    expect(await runJson('replay', '--channel', 'webhook')).toEqual({ code: 0, replayed: 2 });
    await both;
    expect((await run(['dead', '--channel', 'email'])).out).toBe('no dead deliveries\n');
  });

  it('shows counts and channels, and ends with 1 when a channel is unhealthy', async () => {
    const well = await run(['status']);
    expect(well.code).toBe(0);
    expect(well.out).toMatch(
      /^ok: instance .*\n(?: {2}.*\n)*\d+ deliveries, \d+ of them pending; \d+ open windows with \d+ entries\n/s,
    );
    expect(well.out).toMatch(/\nemail +ok +\d+ +0 +\d+ +0\n/);
    expect(await runJson('status')).toMatchObject({ health: { status: 'ok' }, statistics: { counts: {} } });
    await app.close();
    expect((await run(['status'])).code).toBe(3);
  });

  it.each([
    [['flush'], 'give the id of a window, a filter such as --channel, or --all'],
    [['replay'], 'give the id of a delivery, a filter such as --channel, or --all'],
    [['flush', '--all', '--type', 'news'], '--all goes with neither an id nor a filter'],
    [['replay', 'x', '--type', 'news'], 'give either the id of a delivery or a filter'],
    [['dead', '--reason', 'bad'], 'Allowed choices are address_rejected'],
    [['dead', '--groups', '--dismissed'], '--dismissed does not go with --groups'],
    [['windows', '--limit', '1e3'], 'It must be a whole number, 1 or more.'],
    [['status', '--url', 'ftp://x'], '--url: got "ftp://x"; it must be an address like https://app.example.com/notifications'],
    [['status', '--url', 'http://me:secret@x'], 'must have neither a user'],
  ] as const)('%j is a wrong command line', async (args, text) => {
    const result = await run(args);
    expect(result.code).toBe(2);
    expect(result.error).toContain(text);
    expect(result.error).not.toContain('secret');
  });
});

it('says who was asked when nothing answers, the token is wrong, or something else stands there', async () => {
  const own = await HttpApplication.start();
  const answers = createServer((_request, response) => response.end('<html>'));
  endAfterTest('the other server', () => answers.close());
  await once(answers.listen(0, '127.0.0.1'), 'listening');
  const other = `http://127.0.0.1:${(answers.address() as AddressInfo).port}`;
  const cases = [
    [
      `http://127.0.0.1:${await freePort()}`,
      3,
      /^nestjs-digest windows: http:\/\/127\.0\.0\.1:\d+\/notifications cannot be reached: connect ECONNREFUSED .*--url/,
    ],
    [own.base, 1, /401: .*; set API_TOKEN, or give --token\n$/],
    [other, 1, /answered 200 with no JSON; is this where the routes stand\? The address ends in the prefix/],
  ] as const;
  for (const [url, code, text] of cases) {
    const result = await runCommand(COMMANDS, ['windows', '--url', url, '--token', 'wrong']);
    expect({ code: result.code, error: result.error }).toEqual({ code, error: expect.stringMatching(text) as unknown });
  }
});

it('tells JSON of something else from an answer of the routes', async () => {
  const answers = createServer((request, response) => {
    request.resume();
    response.setHeader('Content-Type', 'application/json');
    response.end('{"ok":true}');
  });
  endAfterTest('the other server', () => {
    answers.closeAllConnections();
    answers.close();
  });
  await once(answers.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(answers.address() as AddressInfo).port}`;
  const file = fileOf('one.ndjson', '{"type":"news","channel":"email","to":"a@example.com","title":"a"}\n');
  for (const args of [
    ['status'],
    ['windows'],
    ['dead'],
    ['dead', '--groups'],
    ['replay', '--all'],
    ['flush', '--all'],
    ['send', file],
  ]) {
    const { code, error } = await runCommand(COMMANDS, [...args, '--url', url]);
    expect([args[0], code]).toEqual([args[0], 1]);
    expect(error).toContain('answered with JSON of something else; is this where the routes stand?');
  }
});
