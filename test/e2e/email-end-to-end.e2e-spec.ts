import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import PostalMime from 'postal-mime';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { AppProcess } from '../support/app-process.js';
import { HttpApplication } from '../support/http-application.js';
import { readWithPython } from '../support/python-mail.js';
import { SmtpScriptServer } from '../support/smtp-script.js';
import { SmtpSink, type SunkMail } from '../support/smtp-sink.js';

const update = { type: 'system_update', channel: 'email', to: 'ann@example.com', title: 'Version 2 – größer & besser 🚀' };

describe('from the call to an SMTP server', () => {
  let folder: string;
  let sink: SmtpSink;
  let http: HttpApplication | undefined;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nestjs-digest-'));
    sink = await SmtpSink.start();
  });
  afterEach(async () => {
    await http?.close();
    http = undefined;
    await sink.stop();
    rmSync(folder, { recursive: true });
  });

  const base = (): NotificationModuleOptions => ({
    store: { path: join(folder, 'store.db') },
    email: { smtpUrl: sink.url, from: 'Robot <robot@example.com>' },
    batch: { timeoutMs: 5 },
  });
  async function start(options: NotificationModuleOptions = {}): Promise<HttpApplication> {
    http = await HttpApplication.start({ ...base(), ...options });
    return http;
  }
  async function startOn(clock: ManualClock, options: NotificationModuleOptions): Promise<HttpApplication> {
    http = await HttpApplication.startOn(clock, { ...base(), batch: { timeoutMs: 0 }, ...options });
    return http;
  }
  const say = async (app: HttpApplication, over: object = {}): Promise<{ id: string; messageId: string; route: string }> => {
    const answer = await app.post('', { ...update, ...over });
    expect(answer.status).toBe(202);
    return (answer.json as { deliveries: [{ id: string; messageId: string; route: string }] }).deliveries[0];
  };

  /** Both oracles read every mail without a defect; the headers are those of the contract. */
  async function check(mails: readonly SunkMail[], counts: readonly number[]): Promise<readonly string[]> {
    const read = readWithPython(mails.map(({ raw }) => raw));
    const parsed = await Promise.all(mails.map(({ raw }) => PostalMime.parse(raw)));
    expect(read.flatMap(({ defects }) => defects)).toEqual([]);
    const headers = read.map((mail) => new Map(mail.headers));
    expect(headers.map((of) => Number(of.get('X-Notification-Count'))).toSorted((a, b) => a - b)).toEqual(counts);
    for (const [index, of] of headers.entries()) {
      expect(of.get('X-Notification-Type')).toBeTruthy();
      expect(of.get('Message-ID')).toBe(parsed[index]?.messageId);
      expect(of.get('Auto-Submitted')).toBe('auto-generated');
      expect(Date.parse(of.get('Date') ?? '')).not.toBeNaN();
      expect(read[index]?.text?.trim()).toBe(parsed[index]?.text?.trim());
      expect(read[index]?.html).toContain('<html');
    }
    return read.map(({ text }) => text ?? '');
  }
  /** Waits until so many were delivered: what is due at a start may have ended before anybody can listen. */
  async function deliveredIs(app: HttpApplication, count: number): Promise<void> {
    for (;;) {
      const { counts } = (await app.get('/stats')).json as { counts: { byState: Record<string, number> } };
      if (counts.byState['delivered'] === count) return;
    }
  }
  async function addsUp(app: HttpApplication, accepted: number): Promise<void> {
    const { counts } = (await app.get('/stats')).json as { counts: { accepted: number; byState: Record<string, number> } };
    expect(counts.accepted).toBe(accepted);
    expect(Object.values(counts.byState).reduce((sum, count) => sum + count, 0)).toBe(accepted);
  }

  it('direct, digest by count, critical bypass, many addresses', async () => {
    const app = await start({ aggregation: { rules: [{ type: 'login', windowMs: 0, maxCount: 1 }] } });
    const sent = app.ended('delivered', 1 + 10 + 1 + 300);
    const direct = await say(app, { type: 'login', title: 'Direct' });
    expect(direct).toMatchObject({ route: 'batch' });
    for (let i = 0; i < 9; i++) await say(app, { title: `Version ${i}` });
    expect(await say(app, { title: 'Version 9' })).toMatchObject({ route: 'aggregate' });
    expect(await say(app, { title: 'Fire', type: 'alert', priority: 'critical' })).toMatchObject({ route: 'immediate' });
    const readers = Array.from({ length: 300 }, (_, i) => `reader-${i}@example.com`);
    await app.post('', { ...update, type: 'login', to: readers });
    await sent;
    const mails = await sink.mails();
    const texts = await check(mails, [...new Array<number>(302).fill(1), 10]);
    const digest = texts.find((text) => text.includes('Version 3'));
    for (let i = 0; i < 10; i++) expect(digest).toContain(`Version ${i}`);
    expect(new Set(mails.flatMap(({ to }) => to)).size).toBe(301);
    const { json } = await app.get(`/messages/${direct.messageId}`);
    expect(json).toMatchObject({ attempts: [{ outcome: 'delivered', answer: expect.stringMatching(/^2\d\d/) }] });
    await addsUp(app, 312);
  });

  it('digest by time, and one that fell due while nothing ran is sent at the start', async () => {
    const rules = [{ type: 'system_update', windowMs: 300, maxCount: 50 }];
    const clock = new ManualClock();
    const app = await startOn(clock, { aggregation: { rules } });
    const sent = app.ended('delivered', 3);
    for (let i = 0; i < 3; i++) await say(app, { title: `Version ${i}` });
    clock.advance(300);
    await sent;
    await check(await sink.mails(), [3]);
    await say(app, { title: 'Left behind' });
    await app.close();
    clock.advance(3_600_000);
    const again = await startOn(clock, { aggregation: { rules } });
    await deliveredIs(again, 4);
    await check(await sink.mails(), [1, 3]);
    await addsUp(again, 4);
  });

  it('G6 a server that answers 421, 450 and 550 to some harms no other', async () => {
    const attempts = new Map<string, number>();
    const server = await SmtpScriptServer.start(
      ({ phase, argument }) => {
        if (phase !== 'RCPT') return undefined;
        const who = /<(.*?)@/.exec(argument)?.[1] ?? '';
        const times = (attempts.get(who) ?? 0) + 1;
        attempts.set(who, times);
        if (who === 'gone') return '550 5.1.1 no such user';
        if (who === 'grey' && times === 1) return '450 4.2.0 greylisted';
        return who === 'closing' && times === 1 ? '421 4.3.2 shutting down' : undefined;
      },
      { mode: 'chunked' },
    );
    const app = await start({
      email: { smtpUrl: server.url },
      aggregation: { enabled: false },
      batch: { timeoutMs: 20, retryBaseMs: 1 },
    });
    const names = ['gone', 'grey', 'closing', ...Array.from({ length: 40 }, (_, i) => `fine-${i}`)];
    const [delivered, dead] = [app.ended('delivered', 42), app.ended('dead', 1)];
    await app.post('', { ...update, to: names.map((name) => `${name}@example.com`) });
    await Promise.all([delivered, dead]);
    expect((await app.get('/dead')).json).toMatchObject({
      items: [{ to: 'gone@example.com', lastError: { reason: 'address_rejected' } }],
    });
    const ids = server.taken.map(({ content }) => /Message-ID: (.*)/.exec(content)?.[1]);
    expect([ids.length, new Set(ids).size]).toEqual([42, 42]);
    await addsUp(app, 43);
    await server.stop();
  });

  it('G9 SIGTERM in the middle of traffic: exit 0, and after a start everything has arrived once', async () => {
    const variables = {
      STORE_PATH: join(folder, 'store.db'),
      SMTP_URL: sink.url,
      AGGREGATION_ENABLED: 'false',
      BATCH_TIMEOUT_MS: '20',
    };
    const lines = Array.from({ length: 3_000 }, (_, i) =>
      JSON.stringify({ ...update, to: `r${i}@example.com`, idempotencyKey: `k${i}` }),
    );
    const first = await AppProcess.start(variables);
    const halves = [lines.slice(0, 1_500), lines.slice(1_500)].map((half) =>
      first.post('/bulk', half.join('\n')).catch(() => undefined),
    );
    await halves[0];
    expect(await first.stop('SIGTERM')).toBe(0);
    await Promise.all(halves);
    const second = await AppProcess.start(variables);
    expect((await second.post('/bulk', lines.join('\n'))).status).toBe(200);
    for (;;) {
      const { counts } = (await second.get('/stats')) as { counts: { byState: Record<string, number> } };
      if (counts.byState['delivered'] === lines.length) break;
    }
    expect(await second.stop('SIGTERM')).toBe(0);
    const to = (await sink.mails()).flatMap((mail) => mail.to);
    expect([to.length, new Set(to).size]).toEqual([3_000, 3_000]);
  });

  it('AGGREGATION_ENABLED=false and BATCH_MAX_SIZE=1 switch their parts off and on again, and lose nothing that is pending', async () => {
    const on = await start();
    await say(on, { title: 'Gathering' });
    await on.close();
    const off = await start({ aggregation: { enabled: false }, batch: { maxSize: 1, dynamicSizing: false, timeoutMs: 5 } });
    const sent = off.ended('delivered', 1);
    expect(await say(off, { title: 'At once' })).toMatchObject({ route: 'individual' });
    await sent;
    expect((await off.get('/windows')).json).toMatchObject({ items: [{ count: 1, items: [{ title: 'Gathering' }] }] });
    await off.close();
    const again = await start();
    expect(await say(again, { title: 'Joins' })).toMatchObject({ route: 'aggregate' });
    expect((await again.get('/windows')).json).toMatchObject({ items: [{ count: 2 }] });
    const both = again.ended('delivered', 2);
    await again.post('/flush');
    await both;
    await check(await sink.mails(), [1, 2]);
    await addsUp(again, 3);
  });
});
