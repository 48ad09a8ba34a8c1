import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { PushDevices } from '../../src/index.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { watchFor } from '../support/canaries.js';
import { HttpApplication } from '../support/http-application.js';
import { endAfterTest } from '../support/resources.js';

interface Sent {
  readonly authorization: string | undefined;
  /** It is checked and not delivered. */
  readonly validateOnly: boolean;
  readonly message: Readonly<Record<string, unknown>> & { readonly token: string };
}

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
watchFor('the key of the service account', privateKey.split('\n')[1] ?? '');

const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';
/** What FCM says of a 400 (https://firebase.google.com/docs/cloud-messaging/error-codes). */
const badRequest = (details: readonly object[]) =>
  JSON.stringify({ error: { code: 400, message: 'Request contains an invalid argument.', status: 'INVALID_ARGUMENT', details } });
const INVALID = { '@type': FCM_ERROR, errorCode: 'INVALID_ARGUMENT' };
const fieldOf = (field: string) => ({ '@type': BAD_REQUEST, fieldViolations: [{ field, description: 'Invalid' }] });
const errorOf = (code: string, type = FCM_ERROR) => JSON.stringify({ error: { details: [{ '@type': type, errorCode: code }] } });

describe('Firebase Cloud Messaging', () => {
  let http: HttpApplication;
  let clock: ManualClock;
  let devices: PushDevices;
  let sent: Sent[];
  let tokens: number;
  let answer: (response: ServerResponse, request: number, token: string) => void;

  beforeEach(async () => {
    sent = [];
    tokens = 0;
    answer = (response) => response.writeHead(200).end('{}');
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        if (request.url === '/token') {
          tokens++;
          expect(new URLSearchParams(body).get('assertion')?.split('.')).toHaveLength(3);
          response.writeHead(200).end(JSON.stringify({ access_token: `access-${tokens}`, expires_in: 3_600 }));
          return;
        }
        expect(request.url).toBe('/v1/projects/shop/messages:send');
        const { message, validate_only } = JSON.parse(body) as {
          readonly message: Sent['message'];
          readonly validate_only?: true;
        };
        sent.push({ authorization: request.headers.authorization, validateOnly: validate_only === true, message });
        answer(response, sent.length, message.token);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    endAfterTest('the FCM server', async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    clock = new ManualClock();
    http = await HttpApplication.startOn(clock, {
      push: {
        fcmServiceAccount: {
          project_id: 'shop',
          client_email: 'a@shop.example',
          private_key: privateKey,
          token_uri: `${url}/token`,
        },
        fcmUrl: url,
        allowPrivate: true,
        timeoutMs: 60_000,
      },
      aggregation: { rules: [{ channel: 'push', type: 'order', windowMs: 0, maxCount: 1 }] },
      batch: { timeoutMs: 0, retryBaseMs: 1 },
    });
    devices = http.app.get(PushDevices, { strict: false });
    await devices.add('ann', { kind: 'fcm', token: 'phone' });
  });
  const enqueue = async (over: object = {}): Promise<string> => {
    const answered = await http.post('', { type: 'order', channel: 'push', to: 'ann', title: 'Paid', ...over });
    expect(answered.status).toBe(202);
    return (answered.json as { deliveries: [{ id: string }] }).deliveries[0].id;
  };
  const find = async (id: string) => (await http.get(`/deliveries/${id}`)).json;

  it('sends what an application shows, with one access token for all calls, and another one when it is about to end', async () => {
    const delivered = http.ended('delivered', 2);
    const id = await enqueue({ body: 'Order 91', priority: 'high', data: { url: 'https://shop.example/91' } });
    await enqueue();
    await delivered;
    const { messageId } = await find(id);
    expect(sent.map(({ authorization }) => authorization)).toEqual(['Bearer access-1', 'Bearer access-1']);
    expect(sent[0]?.message).toMatchObject({
      token: 'phone',
      notification: { title: 'Paid', body: 'Order 91' },
      data: { v: '1', id: messageId, count: '1', url: 'https://shop.example/91' },
      android: { priority: 'HIGH', ttl: '86400s', notification: { tag: messageId } },
      apns: { headers: { 'apns-collapse-id': messageId, 'apns-priority': '10' } },
    });
    clock.advance(56 * 60_000);
    const third = http.ended('delivered', 1);
    await enqueue();
    await third;
    expect(sent[2]?.authorization).toBe('Bearer access-2');
  });

  it.each([
    [404, errorOf('UNREGISTERED')],
    [403, errorOf('SENDER_ID_MISMATCH')],
    [400, errorOf('INVALID_ARGUMENT')],
  ])('%i %s removes the device', async (status, body) => {
    answer = (response) => response.writeHead(status).end(body);
    const dead = http.ended('dead', 1);
    const id = await enqueue();
    await dead;
    expect(await find(id)).toMatchObject({ attempts: 1, lastError: { reason: 'address_rejected' } });
    expect(await devices.of('ann')).toEqual([]);
  });

  it.each([
    ['its token by name', badRequest([INVALID, fieldOf('message.token')])],
    ['every message to it', badRequest([INVALID])],
  ])('400 that refuses %s removes the device', async (_, body) => {
    answer = (response) => response.writeHead(400).end(body);
    const dead = http.ended('dead', 1);
    const id = await enqueue();
    await dead;
    expect(await find(id)).toMatchObject({ attempts: 1, lastError: { reason: 'address_rejected' } });
    expect(await devices.of('ann')).toEqual([]);
  });

  it.each([
    ['a field', badRequest([fieldOf('message.data[0].value')])],
    ['a field, with a code', badRequest([fieldOf('message'), INVALID])],
    ['no field, without a code', badRequest([])],
    ['no field, with a code', badRequest([INVALID])],
    ['nothing', '<html>'],
  ])('400 that names %s leaves the device registered: the message is at fault', async (_, body) => {
    answer = (response) =>
      sent.at(-1)?.validateOnly === true ? response.writeHead(200).end('{}') : response.writeHead(400).end(body);
    const dead = http.ended('dead', 1);
    const id = await enqueue();
    await dead;
    expect(await find(id)).toMatchObject({ attempts: 1, lastError: { reason: 'content_rejected' } });
    expect(await devices.of('ann')).toHaveLength(1);
    for (const { validateOnly, message } of sent) if (validateOnly) expect(message).toEqual({ token: 'phone' });
  });

  it('a message that is too large, which FCM answers with 400, is sent once more without its text', async () => {
    answer = (response) => {
      const notification = sent.at(-1)?.message['notification'];
      const isLong = typeof notification === 'object' && notification !== null && 'body' in notification;
      return isLong ? response.writeHead(400).end(badRequest([INVALID])) : response.writeHead(200).end('{}');
    };
    const delivered = http.ended('delivered', 1);
    await enqueue({ body: 'long' });
    await delivered;
    expect(sent.map(({ validateOnly }) => validateOnly)).toEqual([false, true, false]);
    expect(await devices.of('ann')).toHaveLength(1);
  });

  it('404 without a code of FCM’s removes no device: it may be the project that is not found', async () => {
    answer = (response) => response.writeHead(404).end('<html>Not Found</html>');
    const released = http.ended('released', 1);
    const id = await enqueue();
    await released;
    expect(await find(id)).toMatchObject({ state: 'queued', attempts: 0 });
    expect(await devices.of('ann')).toHaveLength(1);
  });

  it('the quota of the project is waited for, at least a minute', async () => {
    answer = (response, request) =>
      request === 1
        ? response.writeHead(429, { 'retry-after': '3' }).end(errorOf('QUOTA_EXCEEDED'))
        : response.writeHead(200).end();
    const retried = http.ended('retry', 1);
    await enqueue();
    await retried;
    clock.advance(59_000);
    expect(sent).toHaveLength(1);
    const delivered = http.ended('delivered', 1);
    clock.advance(1_000);
    await delivered;
  });

  it.each([500, 503])('%i is uncertain: such messages were seen to be delivered', async (status) => {
    answer = (response, request) => response.writeHead(request === 1 ? status : 200).end();
    const retried = http.ended('retry', 1);
    const id = await enqueue();
    await retried;
    expect(await find(id)).toMatchObject({ lastError: { reason: 'uncertain' } });
    const delivered = http.ended('delivered', 1);
    clock.advance(1_000);
    await delivered;
    expect(sent[1]?.message).toMatchObject({ android: { notification: { tag: (await find(id))['messageId'] } } });
  });

  it('an access token that is refused is asked for again once; then the channel is at fault', async () => {
    answer = (response, request) => response.writeHead(request === 1 ? 401 : 200).end('{}');
    const delivered = http.ended('delivered', 1);
    await enqueue();
    await delivered;
    expect([tokens, sent.length]).toEqual([2, 2]);

    answer = (response) => response.writeHead(401).end('{}');
    const released = http.ended('released', 1);
    const id = await enqueue();
    await released;
    expect(await find(id)).toMatchObject({ state: 'queued', attempts: 0 });
    expect((await http.get('/health')).text).toContain('FCM_SERVICE_ACCOUNT');
  });

  it('a wrong APNs key fails the devices of that platform and not the channel', async () => {
    await devices.add('ann', { kind: 'fcm', token: 'iphone' });
    answer = (response, _, token) =>
      token === 'iphone' ? response.writeHead(401).end(errorOf('THIRD_PARTY_AUTH_ERROR')) : response.writeHead(200).end();
    const delivered = http.ended('delivered', 1);
    await enqueue();
    await delivered;
    expect(await devices.of('ann')).toHaveLength(2);
  });
});
