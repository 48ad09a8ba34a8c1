import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { CANARIES } from '../support/canaries.js';
import { gate } from '../support/email.js';
import { HttpApplication } from '../support/http-application.js';

const { webhookSecret: SECRET, nextWebhookSecret: NEXT } = CANARIES;

/** For receivers that never answer; on a busy machine one that does answer has room within it. */
const SHORT = { timeoutMs: 3_000 };

describe('webhooks', () => {
  let server: Server;
  let url: string;
  let http: HttpApplication;
  let calls: { readonly headers: IncomingMessage['headers']; readonly body: string; readonly path: string }[];
  let answer: (response: ServerResponse, call: number) => void;

  const start = async (options: NotificationModuleOptions['webhook'] = {}): Promise<void> => {
    http = await HttpApplication.start(optionsOf(options));
  };
  // A time limit with room: only the test of silent receivers runs into it.
  const optionsOf = (webhook: NotificationModuleOptions['webhook'] = {}): NotificationModuleOptions => ({
    webhook: { allowPrivate: true, secrets: [SECRET, NEXT], timeoutMs: 60_000, ...webhook },
    aggregation: { rules: [{ channel: 'webhook', type: 'order', windowMs: 0, maxCount: 1 }] },
    batch: { timeoutMs: 1, retryBaseMs: 1 },
  });
  const say = async (over: object = {}): Promise<string> => {
    const said = await http.post('', { type: 'order', channel: 'webhook', to: `${url}/hook`, title: 'Paid', ...over });
    expect(said.status).toBe(202);
    return (said.json as { deliveries: [{ id: string }] }).deliveries[0].id;
  };
  const find = async (id: string) => (await http.get(`/deliveries/${id}`)).json;

  beforeEach(async () => {
    calls = [];
    answer = (response) => response.writeHead(204).end();
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        calls.push({ headers: request.headers, body, path: request.url ?? '' });
        answer(response, calls.length);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await http.close();
    server.closeAllConnections();
    server.close();
  });

  it('posts what a receiver can verify with either secret (Standard Webhooks)', async () => {
    await start();
    const delivered = http.ended('delivered', 1);
    const id = await say({ body: 'Thank you', data: { order: 91 } });
    await delivered;
    const [call] = calls;
    for (const secret of [SECRET, NEXT]) {
      const verified = new Webhook(secret).verify(call!.body, call!.headers as Record<string, string>);
      expect(verified).toMatchObject({
        type: 'order',
        data: { count: 1, notifications: [{ id, title: 'Paid', body: 'Thank you', data: { order: 91 }, priority: 'normal' }] },
      });
    }
    expect(call?.headers['webhook-id']).toBe((await find(id))['messageId']);
    expect(call?.headers['content-type']).toBe('application/json');
  });

  it('G3 tries again what may help, with the same id and body; the signature is of its time', async () => {
    await start();
    answer = (response, call) => response.writeHead([503, 429, 500, 200][call - 1] ?? 200).end('later');
    const delivered = http.ended('delivered', 1);
    const id = await say();
    await delivered;
    expect(await find(id)).toMatchObject({ state: 'delivered', attempts: 4 });
    expect(new Set(calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(calls.map(({ body }) => body)).size).toBe(1);
  });

  it('waits as long as Retry-After says, in seconds or until a date', async () => {
    const clock = new ManualClock();
    http = await HttpApplication.startOn(clock, { ...optionsOf(), batch: { timeoutMs: 0, retryBaseMs: 1 } });
    // The second answer comes a second later: 2 s are left then.
    const retryAfter = ['1', new Date(clock.now() + 3_000).toUTCString()];
    answer = (response, call) => response.writeHead(call <= 2 ? 429 : 200, { 'Retry-After': retryAfter[call - 1] ?? '0' }).end();
    const refused = http.ended('retry', 1);
    const id = await say();
    await refused;
    for (const [call, waitMs] of [
      [1, 1_000],
      [2, 2_000],
    ] as const) {
      clock.advance(waitMs - 1);
      expect(await find(id)).toMatchObject({ state: 'queued', attempts: call });
      expect(calls).toHaveLength(call);
      const ended = http.ended(call === 1 ? 'retry' : 'delivered', 1);
      clock.advance(1);
      await ended;
    }
    expect(calls).toHaveLength(3);
  });

  it.each([
    [410, 'address_rejected'],
    [404, 'address_rejected'],
    [400, 'content_rejected'],
    [302, 'address_rejected'],
  ])('%i is final: %s, and no redirect is followed', async (status, reason) => {
    await start();
    answer = (response) => response.writeHead(status, { Location: `${url}/elsewhere` }).end();
    const dead = http.ended('dead', 1);
    const id = await say();
    await dead;
    expect(await find(id)).toMatchObject({ state: 'dead', attempts: 1, lastError: { reason } });
    expect(calls.map(({ path }) => path)).toEqual(['/hook']);
  });

  it('G3 the status decides once it is there: the body is not waited for, and the call is not repeated', async () => {
    await start({ timeoutMs: 60_000 });
    const closed = new Promise<void>((resolve) => {
      answer = (response) => {
        response.once('close', resolve);
        response.writeHead(200).write('x');
      };
    });
    const delivered = http.ended('delivered', 1);
    const id = await say();
    await delivered;
    expect(await find(id)).toMatchObject({ state: 'delivered', attempts: 1 });
    await closed;
    expect(calls).toHaveLength(1);
  });

  it('an answer that drips its headers ends with the time for the whole call', async () => {
    await start(SHORT);
    answer = (response, call) => {
      if (call > 1) {
        response.writeHead(200).end();
        return;
      }
      const { socket } = response;
      socket?.write('HTTP/1.1 200 OK\r\nX: ');
      const drip = setInterval(() => socket?.write('x'), 50);
      socket?.once('close', () => clearInterval(drip));
    };
    const delivered = http.ended('delivered', 1);
    const id = await say();
    await delivered;
    const { attempts, lastError } = await find(id);
    expect(lastError).toMatchObject({ reason: 'uncertain' });
    expect(attempts).toBeGreaterThanOrEqual(2);
  });

  it('refuses an address with control characters, and stores the canonical form', async () => {
    await start();
    for (const to of [`${url}/\r\nX: y`, url.replace('127', '1\t27')]) {
      const said = await http.post('', { type: 'order', channel: 'webhook', to, title: 'x' });
      expect(said).toMatchObject({ status: 400, json: { errors: [{ path: 'to' }] } });
    }
    const delivered = http.ended('delivered', 1);
    const id = await say({ to: `${url.toUpperCase().replace('HTTP', 'http')}/a/../hook#part` });
    await delivered;
    expect(await find(id)).toMatchObject({ to: `${url}/hook` });
  });

  it('no answer and a broken line are uncertain, and a body without end does not hold it up', async () => {
    await start(SHORT);
    const answers: ((response: ServerResponse) => void)[] = [
      () => undefined,
      (response) => response.socket?.resetAndDestroy(),
      (response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write('x'.repeat(1_000)), 1);
        response.once('close', () => clearInterval(drip));
      },
    ];
    answer = (response, call) => answers[call - 1]?.(response);
    const delivered = http.ended('delivered', 1);
    const id = await say();
    await delivered;
    expect(await find(id)).toMatchObject({ state: 'delivered', attempts: 3, lastError: { reason: 'uncertain' } });
  });

  it('G9 a call that hangs does not hold up the stop', async () => {
    http = await HttpApplication.start({ ...optionsOf(), shutdown: { graceMs: 50 } });
    const called = gate();
    const closed = gate();
    answer = (response) => {
      response.once('close', () => closed.open());
      called.open();
    };
    await say();
    await called.opened;
    await http.close();
    await closed.opened;
  }, 9_000);

  it('a connection that cannot be made is tried again', async () => {
    await start();
    server.close();
    server.closeAllConnections();
    const retried = http.ended('retry', 1);
    const id = await say();
    await retried;
    expect(await find(id)).toMatchObject({ lastError: { reason: 'connection_failed' } });
  });

  it('calls nothing but the public internet, by name or by number, unless it may', async () => {
    await start({ allowPrivate: false });
    const local = new URL(url);
    for (const to of [
      url,
      `https://127.0.0.1:${local.port}/`,
      'https://[::ffff:127.0.0.1]/',
      'https://169.254.169.254/latest',
      'ftp://x.y/',
    ]) {
      expect(await http.post('', { type: 'order', channel: 'webhook', to, title: 'x' })).toMatchObject({ status: 400 });
    }
    const dead = http.ended('dead', 1);
    const id = await say({ to: 'https://localhost:8443/hook' });
    await dead;
    expect(await find(id)).toMatchObject({ state: 'dead', lastError: { reason: 'address_rejected' } });
    expect(calls).toEqual([]);
  });

  it('refuses a secret that is none, without showing it', async () => {
    await expect(start({ secrets: ['canary-secret'] })).rejects.toThrow(/webhook\.secrets\[0\]: got a value that is not shown/);
    await start();
  });
});
