import { describe, expect, it } from '@jest/globals';
import { generateVapidKeys } from '../../src/index.js';
import { type HttpOptions } from '../../src/config/options.js';
import { AUTHORIZED, CANARIES } from '../support/canaries.js';
import { HttpApplication } from '../support/http-application.js';
import { PushReceiver } from '../support/push-receiver.js';

const keys = generateVapidKeys();
const device = () => ({
  endpoint: 'https://push.example.com/send/canary-endpoint',
  expirationTime: null,
  keys: new PushReceiver().keys,
});

async function start(http: HttpOptions = { apiToken: CANARIES.apiToken }): Promise<HttpApplication> {
  return HttpApplication.start({ http, push: { subject: 'mailto:ops@example.com', ...keys } });
}

const anonymous = (http: HttpApplication, method: string, path: string, body?: unknown): Promise<Response> =>
  fetch(`${http.base}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });

describe('the routes of Web Push', () => {
  it('a page gets the key and registers with a ticket of its user, and with no other one', async () => {
    const http = await start();
    const tickets = await fetch(`${http.base}/stream/tickets`, {
      method: 'POST',
      body: JSON.stringify({ user: 'ann' }),
      headers: { 'content-type': 'application/json', ...AUTHORIZED },
    });
    const { ticket } = (await tickets.json()) as { readonly ticket: string };
    const key = await anonymous(http, 'GET', `/push/key?user=ann&ticket=${ticket}`);
    expect(await key.json()).toEqual({ publicKey: keys.publicKey });

    const mine = device();
    expect((await anonymous(http, 'POST', '/push/devices', { user: 'bob', device: mine, ticket })).status).toBe(401);
    expect((await anonymous(http, 'POST', '/push/devices', { user: 'ann', device: mine })).status).toBe(401);
    expect((await anonymous(http, 'GET', '/push/key')).status).toBe(401);
    const registered = await anonymous(http, 'POST', '/push/devices', { user: 'ann', device: mine, ticket });
    expect(registered.status).toBe(201);
    const { key: deviceKey } = (await registered.json()) as { readonly key: string };
    expect((await anonymous(http, 'POST', '/push/devices', { user: 'ann', device: mine, ticket })).status).toBe(200);

    expect((await anonymous(http, 'GET', '/push/devices?user=ann')).status).toBe(401);
    const listed = await http.get('/push/devices?user=ann', AUTHORIZED);
    expect(listed.json).toEqual({
      items: [{ key: deviceKey, kind: 'web', host: 'push.example.com', registeredAt: expect.any(String) }],
    });
    expect(listed.text).not.toContain('canary-endpoint');

    expect((await anonymous(http, 'DELETE', '/push/devices', { user: 'ann', key: deviceKey, ticket })).status).toBe(204);
    expect((await http.get('/push/devices?user=ann', AUTHORIZED)).json).toEqual({ items: [] });
  });

  it('without a token it takes the guards of the host, or the word that the routes are open', async () => {
    const body = { user: 'ann', device: device() };
    const closed = await start({});
    expect((await anonymous(closed, 'POST', '/push/devices', body)).status).toBe(401);
    const open = await start({ open: true });
    expect((await anonymous(open, 'POST', '/push/devices', body)).status).toBe(201);
    const guarded = await start({ guards: [{ canActivate: () => true }] });
    expect((await anonymous(guarded, 'POST', '/push/devices', body)).status).toBe(201);
  });

  it.each([
    [{}, ['user', 'device', 'kind']],
    [{ user: '', device: { kind: 'sms' } }, ['user', 'device.kind']],
    [{ user: 'ann', device: { ...device(), endpoint: 'http://push.example.com/x' } }, ['device.endpoint']],
    [{ user: 'ann', device: { ...device(), endpoint: 'https://127.0.0.1/x' } }, ['device.endpoint']],
    [{ user: 'ann', device: { ...device(), endpoint: 'https://push.example.com:25/x' } }, ['device.endpoint']],
    [{ user: 'ann', device: { ...device(), keys: { p256dh: 'AAAA', auth: 'AAAA' } } }, ['device.keys']],
    [{ user: 'ann', device: { ...device(), other: 1 } }, ['device.other']],
    [{ user: 'ann', device: { kind: 'fcm', token: 'x', endpoint: 'y' } }, ['device.endpoint']],
    [{ user: 'ann', device: device(), more: true }, ['more']],
  ])('refuses %j', async (body, paths) => {
    const http = await start({ open: true });
    const answer = await anonymous(http, 'POST', '/push/devices', body);
    expect(answer.status).toBe(400);
    const { errors } = (await answer.json()) as { readonly errors: readonly { readonly path: string }[] };
    const found = errors.map(({ path }) => path);
    for (const path of paths) expect(found.some((one) => one === path || one.endsWith(`.${path}`))).toBe(true);
  });

  it('serves the worker to everybody, for the whole origin', async () => {
    const worker = await anonymous(await start(), 'GET', '/push/worker.js');
    expect(worker.status).toBe(200);
    expect(worker.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(worker.headers.get('service-worker-allowed')).toBe('/');
    expect(await worker.text()).toContain('showNotification');
  });
});
