import { once } from 'node:events';
import { type IncomingMessage, request as openRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NotificationEvents } from '../../src/model/notification-events.js';
import { type SendResult, type Transport } from '../../src/transports/transport.js';
import { NotificationTransport } from '../../src/transports/notification-transport.decorator.js';
import { AUTHORIZED, CANARIES } from '../support/canaries.js';
import { type Answer, HttpApplication } from '../support/http-application.js';

const notification = { type: 'system_update', channel: 'email', to: 'ann@example.com', title: 'Version 2' };
const ndjson = { 'Content-Type': 'application/x-ndjson' };
const json = { 'Content-Type': 'application/json' };

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.json).toMatchObject({ type: 'about:blank', status, code, title: expect.any(String), detail: expect.any(String) });
  expect(answer.status).toBe(status);
  expect(answer.text).not.toMatch(/\.(js|ts):\d+/);
}

function pathsOf(answer: Answer): readonly string[] {
  return (answer.json['errors'] as readonly { readonly path: string }[]).map(({ path }) => path);
}

describe('errors are application/problem+json', () => {
  let http: HttpApplication;
  beforeAll(async () => {
    http = await HttpApplication.start();
  });
  afterAll(() => http.close());

  it('400 invalid_json for a body that is not JSON', async () => {
    expectProblem(await http.post('', '{"type":', json), 400, 'invalid_json');
    expectProblem(await http.post('/flush', 'nonsense', json), 400, 'invalid_json');
  });

  it('400 with every bad field and its path', async () => {
    const answer = await http.post('', { type: 'No!', channel: 'fax', title: '', extra: 1, to: [] });
    expectProblem(answer, 400, 'invalid_notification');
    expect(pathsOf(answer)).toEqual(expect.arrayContaining(['type', 'channel', 'title', 'extra', 'to']));
    const address = await http.post('', { ...notification, to: ['ann@example.com', 'no address'] });
    expectProblem(address, 400, 'invalid_notification');
    expect(pathsOf(address)).toEqual(['to.1']);
  });

  it('400 for a bad query or filter', async () => {
    const windows = await http.get('/windows?limit=201&colour=red');
    expectProblem(windows, 400, 'invalid_request');
    expect(pathsOf(windows)).toEqual(expect.arrayContaining(['limit', 'colour']));
    expectProblem(await http.get('/windows?cursor=%00rubbish'), 400, 'invalid_request');
    expectProblem(await http.get('/dead?reason=mood'), 400, 'invalid_request');
    expectProblem(await http.get('/stats/history?from=tomorrow'), 400, 'invalid_request');
    expectProblem(await http.get('/stats/history?from=2&to=1'), 400, 'invalid_request');
    expectProblem(await http.get('/stats/history?from=0&stepMs=60000'), 400, 'invalid_request');
    expectProblem(await http.post('/flush', { channel: 5 }), 400, 'invalid_request');
    expectProblem(await http.post('/dead/replay', { ids: 'all' }), 400, 'invalid_request');
    expectProblem(await http.get('/deliveries/%FF'), 400, 'invalid_request');
  });

  it('404 for what is not there, a route included', async () => {
    expectProblem(await http.get('/nothing'), 404, 'not_found');
    expectProblem(await http.get('/deliveries/d-0-0'), 404, 'not_found');
  });

  it('413 for a body that no notification can need', async () => {
    expectProblem(await http.post('', { ...notification, body: 'x'.repeat(5 * 1024 * 1024) }), 413, 'payload_too_large');
  });

  it('takes the largest notification', async () => {
    const to = Array.from({ length: 1000 }, (_, index) => `${String(index)}@${'a'.repeat(60)}.example.com`);
    const answer = await http.post('', { ...notification, to, body: 'é'.repeat(32 * 1024), data: { text: 'x'.repeat(16_000) } });
    expect(answer.status).toBe(202);
    expect(answer.json['deliveries']).toHaveLength(1000);
  });

  it('415 for a bulk body of another type', async () => {
    expectProblem(await http.post('/bulk', notification), 415, 'unsupported_media_type');
    expectProblem(await http.post('/bulk', 'x', { ...ndjson, 'Content-Encoding': 'deflate' }), 415, 'unsupported_media_type');
  });

  it('403 for what a page of another site asks', async () => {
    expectProblem(await http.post('/flush', undefined, { 'Sec-Fetch-Site': 'cross-site' }), 403, 'forbidden');
  });
});

describe('401', () => {
  let http: HttpApplication;
  beforeAll(async () => {
    http = await HttpApplication.start();
  });
  afterAll(() => http.close());

  it.each([
    ['POST', ''],
    ['POST', '/bulk'],
    ['GET', '/deliveries/x'],
    ['DELETE', '/deliveries/x'],
    ['GET', '/windows'],
    ['POST', '/windows/x/flush'],
    ['POST', '/flush'],
    ['GET', '/dead'],
    ['POST', '/dead/replay'],
    ['GET', '/stats'],
    ['GET', '/stats/channels/email/x'],
    ['GET', '/stats/history'],
    ['POST', '/channels/email/pause'],
    ['POST', '/channels/email/resume'],
    ['GET', '/metrics'],
    ['GET', '/mailbox'],
  ])('%s %s without the token, and with a wrong one', async (method, path) => {
    for (const Authorization of ['', 'Bearer wrong', 'Basic ']) {
      const answer = await http.request(method, path, undefined, { Authorization });
      expectProblem(answer, 401, 'unauthorized');
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*, Basic /);
    }
  });

  it('takes the token as bearer and as the password of Basic, and health without', async () => {
    expect(await http.get('/stats', AUTHORIZED)).toMatchObject({ status: 200 });
    const basic = `Basic ${Buffer.from(`anyone:${CANARIES.apiToken}`).toString('base64')}`;
    expect(await http.get('/mailbox', { Authorization: basic })).toMatchObject({ status: 200 });
    expect(await http.get('/health')).toMatchObject({ status: 200 });
  });
});

describe('429', () => {
  it('G8 past QUEUE_MAX_PENDING, with Retry-After', async () => {
    const http = await HttpApplication.start({ queue: { maxPending: 2 } });
    try {
      expect((await http.post('', { ...notification, to: ['a@example.com', 'b@example.com'] })).status).toBe(202);
      const answer = await http.post('', notification);
      expectProblem(answer, 429, 'queue_full');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      const bulk = await http.post('/bulk', JSON.stringify(notification), ndjson);
      expect(bulk).toMatchObject({ status: 200, json: { accepted: 0, rejected: 1 } });
    } finally {
      await http.close();
    }
  });
});

/** Sends when it is let. */
@NotificationTransport('gate')
class GateTransport implements Transport {
  readonly entered: Promise<void>;
  private enter: () => void = () => undefined;
  private readonly released: Promise<void>;
  release: () => void = () => undefined;

  constructor() {
    this.entered = new Promise((resolve) => (this.enter = resolve));
    this.released = new Promise((resolve) => (this.release = resolve));
  }

  async send(messages: readonly unknown[]): Promise<readonly SendResult[]> {
    this.enter();
    await this.released;
    return messages.map(() => ({ status: 'accepted' }));
  }
}

describe('503', () => {
  it('G9 while shutting down: intake and health say so until what is in flight has ended', async () => {
    const gate = new GateTransport();
    const http = await HttpApplication.start({}, [{ provide: GateTransport, useFactory: () => gate }]);
    expect((await http.post('', { ...notification, channel: 'gate', to: 'x', priority: 'critical' })).status).toBe(202);
    await gate.entered;
    const closed = http.close();
    const refusal = await http.post('', notification);
    expectProblem(refusal, 503, 'shutting_down');
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await http.get('/health')).toMatchObject({ status: 503, json: { status: 'error', shuttingDown: true } });
    gate.release();
    await closed;
    await expect(http.get('/health')).rejects.toThrow();
  });

  it('G9 answers a bulk request that is still being sent', async () => {
    const http = await HttpApplication.start();
    const accepted = new Promise<void>((resolve) => {
      http.app.get(NotificationEvents, { strict: false }).on('accepted', () => resolve());
    });
    const bulk = openRequest(`${http.base}/bulk`, { method: 'POST', headers: { ...AUTHORIZED, ...ndjson } });
    const answered = once(bulk, 'response') as Promise<[IncomingMessage]>;
    bulk.on('error', () => undefined);
    bulk.write(`${JSON.stringify(notification)}\n`.repeat(1500));
    await accepted;
    const closed = http.close();
    const [response] = await answered;
    expect(response.statusCode).toBe(503);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.headers['retry-after']).toBeDefined();
    bulk.destroy();
    await closed;
  });
});
