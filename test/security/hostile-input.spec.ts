import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  InvalidNotificationError,
  type Notification,
  NotificationEvents,
  NotificationModule,
  QueueService,
} from '../../src/index.js';
import { createNotificationTestingModule } from '../../src/testing.js';
import { readWithPython } from '../support/python-mail.js';
import { SmtpScriptServer } from '../support/smtp-script.js';

const good: Notification = { type: 'note', channel: 'email', to: 'ann@example.com', title: 'Hello' };
const HEADERS = [
  'Auto-Submitted',
  'Content-Type',
  'Date',
  'From',
  'MIME-Version',
  'Message-ID',
  'Subject',
  'To',
  'X-Notification-Count',
  'X-Notification-Type',
];

describe.each(['pipelined', 'chunked'] as const)('what a caller may say, %s', (mode) => {
  let server: SmtpScriptServer;
  let app: TestingModule;
  beforeAll(async () => {
    server = await SmtpScriptServer.start(() => undefined, { mode });
    const imports = [
      NotificationModule.forRoot({
        store: { path: ':memory:' },
        email: { smtpUrl: server.url },
        aggregation: { enabled: false },
        batch: { timeoutMs: 0 },
      }),
    ];
    app = await (await Test.createTestingModule({ imports }).compile()).init();
  });
  afterAll(async () => {
    await app.close();
    await server.stop();
  });

  it('is never a command or a header of a mail (S2)', async () => {
    const hostile = fc
      .array(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 40 }),
          fc.constantFrom(
            '\r\n',
            '\n',
            '\0',
            '\r\nRCPT TO:<eve@evil>\r\n',
            '\r\n.\r\nQUIT\r\n',
            'Bcc: eve@evil\r\n',
            '>',
            '<',
            '"',
            '@',
          ),
        ),
        { minLength: 1, maxLength: 6 },
      )
      .map((parts) => parts.join(''));
    const queue = app.get(QueueService, { strict: false });
    const said = fc.record({
      title: fc.oneof(fc.constant('A title'), hostile),
      body: hostile,
      actor: fc.record({ id: fc.oneof(fc.constant('7'), hostile), name: hostile }),
      to: fc.oneof(
        fc.constant('ann@example.com'),
        hostile,
        hostile.map((text) => `${text}@example.com`),
      ),
      data: fc.record({ url: hostile }),
    });
    let accepted = 0;
    let ended = 0;
    // An address beyond ASCII is good, and this server does not take any.
    let sent = 0;
    let done = (): void => undefined;
    app.get(NotificationEvents, { strict: false }).on('batchFinished', ({ messages }) => {
      ended += messages.length;
      sent += messages.filter(({ outcome }) => outcome === 'delivered').length;
      done();
    });
    for (const over of fc.sample(said, 3_000)) {
      try {
        await queue.enqueue({ ...good, ...over, type: 'note' });
        accepted++;
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidNotificationError);
      }
    }
    while (ended < accepted) await new Promise<void>((resolve) => (done = resolve));
    expect(sent).toBeGreaterThan(50);
    expect(server.contents).toHaveLength(sent);
    const verbs = Map.groupBy(server.commands, (line) => line.slice(0, 4).toUpperCase());
    const content = mode === 'chunked' ? 'BDAT' : 'DATA';
    for (const verb of ['MAIL', 'RCPT', content]) expect(verbs.get(verb)).toHaveLength(sent);
    verbs.delete('RSET');
    expect([...verbs.keys()].toSorted()).toEqual([content, 'EHLO', 'MAIL', 'RCPT'].toSorted());
    expect(server.commands.some((line) => line.startsWith('RCPT') && /evil>/.test(line))).toBe(false);
    for (const { headers, defects } of readWithPython(server.contents)) {
      expect(headers.map(([name]) => name).toSorted()).toEqual(HEADERS);
      expect(defects).toEqual([]);
    }
  });

  it.each<[string, () => unknown]>([
    ['nested 20 000 deep (S9)', () => ({ data: JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`) as unknown })],
    ['ten MiB (S9)', () => ({ body: 'x'.repeat(10 * 1024 * 1024) })],
    [
      'cyclic (S9)',
      () => {
        const data: Record<string, unknown> = {};
        data['self'] = data;
        return { data };
      },
    ],
    ['a BigInt (S9)', () => ({ data: { n: 1n } })],
    [
      'a getter that throws (S9)',
      () => ({
        data: {
          get bad(): string {
            throw new Error('boom');
          },
        },
      }),
    ],
    ['__proto__ as data (S10)', () => ({ data: JSON.parse('{"__proto__":{"polluted":true}}') as unknown })],
    ['a type __proto__ (S10)', () => ({ type: '__proto__' })],
    ['100 kB of an address (S8)', () => ({ to: `${'a.'.repeat(50_000)}@example.com` })],
    ['100 kB of a type (S8)', () => ({ type: 'a-'.repeat(50_000) })],
    ['100 kB of a time (S8)', () => ({ sendAt: `2026-11-20T09:00:00${'.0'.repeat(50_000)}Z` })],
  ])('%s is refused, and nothing else is harmed', async (_, over) => {
    const queue = app.get(QueueService, { strict: false });
    await expect(queue.enqueue({ ...good, ...(over() as object) })).rejects.toThrow(InvalidNotificationError);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    await expect(queue.enqueue(good)).resolves.toMatchObject({ deliveries: [{ duplicate: false }] });
  });
});

it.each(['constructor', 'prototype', 'tostring', 'hasownproperty', 'valueof'])(
  'a type, a key and an actor called %s are names like others (S10)',
  async (name) => {
    const testing = createNotificationTestingModule();
    const app = await (await Test.createTestingModule({ imports: [testing.module] }).compile()).init();
    const queue = app.get(QueueService, { strict: false });
    const keys = { groupKey: '__proto__', dedupeKey: 'constructor', idempotencyKey: 'toString' };
    await queue.enqueue({ ...good, type: name, ...keys, actor: { id: '__proto__', name: 'constructor' } });
    await queue.enqueue({ ...good, type: name, groupKey: '__proto__' });
    await testing.advance(3_600_000);
    const { counts } = queue.getStatistics();
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(2);
    expect(counts.every(({ type, state }) => type === name && state === 'delivered')).toBe(true);
    await app.close();
  },
);

describe('a store file that is none (S11)', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('stops the start with a word, and is left as it is', async () => {
    const path = join(folder, 'store.db');
    const garbage = Buffer.alloc(50_000, 'not a database ');
    writeFileSync(path, garbage);
    const module = await Test.createTestingModule({ imports: [NotificationModule.forRoot({ store: { path } })] }).compile();
    await expect(module.init()).rejects.toThrow(/not a database/);
    expect(readFileSync(path).equals(garbage)).toBe(true);
  });
});
