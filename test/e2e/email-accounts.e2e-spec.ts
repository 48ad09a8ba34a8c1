import { afterEach, describe, expect, it } from '@jest/globals';
import { BatchProcessorService } from '../../src/index.js';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { BREAKER_THRESHOLD } from '../../src/model/breaker.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { watchFor } from '../support/canaries.js';
import { EmailBench } from '../support/email.js';
import { freePort } from '../support/free-port.js';
import { HttpApplication } from '../support/http-application.js';

const bench = new EmailBench();
afterEach(() => bench.stop());
watchFor('the password of an account', 'canary-account-password');

const optionsOf = (email: NotificationModuleOptions['email']): NotificationModuleOptions => ({
  email: email ?? {},
  aggregation: { rules: [{ type: 'invoice', windowMs: 0, maxCount: 1 }] },
  batch: { timeoutMs: 0, retryBaseMs: 1, maxAttempts: 20 },
});

const enqueue = async (http: HttpApplication, over: object = {}): Promise<string> => {
  const said = await http.post('', { type: 'invoice', channel: 'email', to: 'ann@example.com', title: 'Invoice', ...over });
  expect([said.status, said.text]).toEqual([202, expect.any(String)]);
  return (said.json as { deliveries: [{ id: string }] }).deliveries[0].id;
};

describe('accounts', () => {
  it('each sends over its own server, from its own sender, under its own brand; digests of several are several', async () => {
    const [main, other] = [await bench.script(), await bench.script()];
    const http = await HttpApplication.start(
      optionsOf({
        smtpUrl: main.url,
        from: 'Main <main@main.example>',
        accounts: { 'tenant-a': { smtpUrl: other.url, from: 'Tenant A <hello@a.example>', brandName: 'Tenant A' } },
      }),
    );
    const delivered = http.ended('delivered', 3);
    await enqueue(http, { type: 'announcement', title: 'one' });
    await enqueue(http, { type: 'announcement', title: 'two', email: { account: 'tenant-a' } });
    await enqueue(http, { type: 'announcement', title: 'three', email: { account: 'tenant-a' } });
    expect((await http.post('/flush', {})).json).toMatchObject({ flushed: 2 });
    await delivered;
    expect([main.contents.length, other.contents.length]).toEqual([1, 1]);
    const [mail = ''] = other.contents;
    expect(mail.replace(/\r\n /g, ' ')).toContain('From: Tenant A <hello@a.example>\r\n');
    expect(mail).toMatch(/^Message-ID: <.*@a\.example>\r$/m);
    expect(mail).toContain('Tenant A');
    expect((await http.get('/stats')).json).toMatchObject({ pool: { created: 2 } });
  });

  it('G6 one whose server is down holds up no other, is named in health, and is tried again by itself', async () => {
    const clock = new ManualClock();
    const [main, port] = [await bench.script(), await freePort()];
    const url = `smtp://tenant:canary-account-password@127.0.0.1:${port}`;
    const http = await HttpApplication.startOn(
      clock,
      optionsOf({ smtpUrl: main.url, accounts: { down: { smtpUrl: url, from: 'x@down.example', poolSize: 1 } } }),
    );
    for (let failures = 0; failures < BREAKER_THRESHOLD; failures++) {
      const retried = http.ended('retry', 1);
      if (failures === 0) await enqueue(http, { email: { account: 'down' } });
      else clock.advance(60_000);
      await retried;
    }
    const released = http.ended('released', 1);
    const id = await enqueue(http, { title: 'held', email: { account: 'down' } });
    await released;
    expect((await http.get(`/deliveries/${id}`)).json).toMatchObject({ state: 'queued', attempts: 0 });
    const delivered = http.ended('delivered', 1);
    await enqueue(http, { title: 'healthy' });
    await delivered;
    expect(main.contents).toHaveLength(1);
    const health = await http.get('/health');
    expect(health.text).toContain('account down');
    expect(health.text).not.toContain('canary-account-password');
    const { channels } = http.app.get(BatchProcessorService, { strict: false }).getBatchStatistics();
    expect(Object.values(channels).find(({ name }) => name === 'email')).toMatchObject({ paused: false });
  });

  it('without a main server the others work, and mail without an account goes to the mailbox', async () => {
    const other = await bench.script();
    const http = await HttpApplication.start(optionsOf({ accounts: { a: { smtpUrl: other.url, from: 'x@a.example' } } }));
    const delivered = http.ended('delivered', 2);
    await enqueue(http, { title: 'by a', email: { account: 'a' } });
    await enqueue(http, { title: 'kept' });
    await delivered;
    expect(other.contents).toHaveLength(1);
    expect((await http.get('/mailbox')).text).toContain('kept');
  });

  it('a notification names one that there is', async () => {
    const other = await bench.script();
    const http = await HttpApplication.start(optionsOf({ accounts: { a: { smtpUrl: other.url, from: 'x@a.example' } } }));
    const refused = await http.post('', {
      type: 'x',
      channel: 'email',
      to: 'ann@example.com',
      title: 'x',
      email: { account: 'b' },
    });
    expect(refused).toMatchObject({ status: 400, json: { errors: [{ path: 'email.account' }] } });
    expect(refused.text).toContain('one of a');
  });

  it.each([
    [{ a: { smtpUrl: 'http://x', from: 'x@a.example' } }, /email\.accounts\.a\.smtpUrl/],
    [{ a: { smtpUrl: 'smtp://x' } as never }, /email\.accounts\.a\.from/],
    [{ a: { smtpUrl: 'smtp://x', from: 'nobody' } }, /email\.accounts\.a\.from/],
    [{ 'a b': { smtpUrl: 'smtp://x', from: 'x@a.example' } }, /email\.accounts\.a b/],
    [{ a: { smtpUrl: 'smtp://x', from: 'x@a.example', other: 1 } as never }, /email\.accounts\.a/],
  ])('refuses %j at the start', async (accounts, words) => {
    await expect(HttpApplication.start(optionsOf({ accounts }))).rejects.toThrow(words);
  });
});
