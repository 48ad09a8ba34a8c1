import { once } from 'node:events';
import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ApnsFormatter, ApnsTransport } from '../../../examples/apns/apns.transport.js';
import { type OutgoingMessage, type SendResult } from '../../../src/index.js';
import { describeTransport, type ReceiverAnswer, type TransportUnderTest } from '../../../src/testing.js';
import { ApnsServer, type ApnsReply } from '../../support/apns-server.js';
import { claimedMessage } from '../../support/claimed-message.js';
import { endAfterTest } from '../../support/resources.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = {
  privateKey: String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
  keyId: 'KEY1234567',
  teamId: 'TEAM123456',
};
const DEVICE = 'ab'.repeat(32);
const ANSWERS: Readonly<Record<ReceiverAnswer, ApnsReply>> = {
  accept: { status: 200 },
  refuse: { status: 410, reason: 'Unregistered' },
  later: { status: 503, reason: 'Shutdown' },
  hang: undefined,
};
type ApnsContent = OutgoingMessage<{ title: string; body: string }>['content'];

function transportTo(server: ApnsServer): ApnsTransport {
  const transport = new ApnsTransport({ ...key, topic: 'com.example.app', url: server.url });
  endAfterTest('the transport', () => transport.close());
  return transport;
}

describeTransport({ describe, it, expect }, 'of the example apns', async (): Promise<TransportUnderTest<ApnsContent>> => {
  const server = await ApnsServer.start();
  return {
    transport: transportTo(server),
    channel: 'apns',
    addressOf: (number) => number.toString(16).padStart(64, '0'),
    contentOf: (text) => ({ title: text.slice(0, 100), body: text.slice(0, 500) }),
    answerWith: (answer) => (server.reply = ({ device }) => ANSWERS[answer(device)]),
    received: () => server.requests.length,
    secrets: [key.privateKey.split('\n')[1] ?? ''],
    discard: () => server.stop(),
  };
});

describe('the example apns', () => {
  const send = (transport: ApnsTransport, message = claimedMessage([{}], { address: DEVICE })): Promise<readonly SendResult[]> =>
    transport.send([{ message, content: new ApnsFormatter().format(message) }], {
      signal: new AbortController().signal,
      lane: 'normal',
    });
  const said = (result: SendResult | undefined): string =>
    result?.status === 'failed' ? `${result.kind} ${result.failure.reason}` : String(result?.status);

  it.each<[string, ApnsReply]>([
    ['accepted', { status: 200 }],
    ['permanent address_rejected', { status: 410, reason: 'Unregistered' }],
    ['permanent address_rejected', { status: 400, reason: 'BadDeviceToken' }],
    ['permanent address_rejected', { status: 400, reason: 'DeviceTokenNotForTopic' }],
    ['permanent content_rejected', { status: 413, reason: 'PayloadTooLarge' }],
    ['permanent content_rejected', { status: 400, reason: 'BadExpirationDate' }],
    ['channel_unavailable credentials_rejected', { status: 403, reason: 'InvalidProviderToken' }],
    ['channel_unavailable credentials_rejected', { status: 400, reason: 'TopicDisallowed' }],
    ['retry rate_limited', { status: 429, reason: 'TooManyRequests' }],
    ['retry rate_limited', { status: 429, reason: 'TooManyProviderTokenUpdates' }],
    ['retry temporarily_refused', { status: 500, reason: 'InternalServerError' }],
  ])('%s: %j', async (expected, reply) => {
    const server = await ApnsServer.start();
    server.reply = () => reply;
    expect(said((await send(transportTo(server)))[0])).toBe(expected);
  });

  it('says who it is by a token that its key signed, and the same id at each attempt', async () => {
    const server = await ApnsServer.start();
    const transport = transportTo(server);
    const expiresAt = Date.UTC(2026, 10, 21);
    const message = claimedMessage(
      [
        { title: 'Hi', expiresAt },
        { title: 'Ho', groupKey: 'g' },
      ],
      { address: DEVICE, priority: 'low' },
    );
    await send(transport, message);
    await send(transport, { ...message, attempt: 2 });
    const [first, second] = server.requests;
    expect(first?.body).toEqual({
      aps: { alert: { title: '2 notifications', body: 'Hi\nHo' }, 'interruption-level': 'passive' },
    });
    expect(first?.headers).toMatchObject({
      'apns-topic': 'com.example.app',
      'apns-push-type': 'alert',
      'apns-priority': '5',
      'apns-expiration': String(expiresAt / 1_000),
      'apns-id': expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    });
    expect(second?.headers['apns-collapse-id']).toBe(first?.headers['apns-collapse-id']);
    const [head = '', claims = '', signature = ''] = String(first?.headers.authorization).replace('bearer ', '').split('.');
    const signed = Buffer.from(`${head}.${claims}`);
    expect(verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))).toBe(
      true,
    );
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ iss: key.teamId });
    // One connection and one token for both: Apple refuses who renews it often.
    expect([server.connections, second?.headers.authorization]).toEqual([1, first?.headers.authorization]);
  });

  it('renews a token that has expired once, and then believes Apple', async () => {
    const server = await ApnsServer.start();
    server.reply = () => (server.requests.length === 1 ? { status: 403, reason: 'ExpiredProviderToken' } : { status: 200 });
    expect(said((await send(transportTo(server)))[0])).toBe('accepted');
    server.reply = () => ({ status: 403, reason: 'ExpiredProviderToken' });
    expect(said((await send(transportTo(server)))[0])).toBe('channel_unavailable credentials_rejected');
    expect(server.requests).toHaveLength(4);
  });

  it('makes another connection after Apple ended one', async () => {
    const server = await ApnsServer.start();
    const transport = transportTo(server);
    expect(said((await send(transport))[0])).toBe('accepted');
    const [session] = server.sessions;
    if (session === undefined) throw new Error('there is no session');
    const ended = once(session, 'close');
    session.goaway();
    session.close();
    await ended;
    expect(said((await send(transport))[0])).toBe('accepted');
    expect(server.connections).toBe(2);
  });

  it('sends nothing that is longer than Apple takes', async () => {
    const server = await ApnsServer.start();
    const message = claimedMessage([{}], { address: DEVICE });
    const content = { title: 'x', body: '🙂'.repeat(1_100) };
    const [result] = await transportTo(server).send([{ message, content }], {
      signal: new AbortController().signal,
      lane: 'normal',
    });
    expect([said(result), server.requests.length]).toEqual(['permanent content_rejected', 0]);
  });
});
