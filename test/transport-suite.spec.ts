import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { segmentsOf, SmsGateway, SmsTransport } from '../examples/sms/sms.transport.js';
import { resolveOptions } from '../src/config/resolve.js';
import { type SendResult, type WebhookContent } from '../src/index.js';
import { SystemClock } from '../src/model/clock.js';
import { describeTransport, type ReceiverAnswer, type TransportUnderTest } from '../src/testing.js';
import { WebhookTransport } from '../src/transports/webhook/webhook.transport.js';
import { CANARIES } from './support/canaries.js';

const runner = { describe, it, expect };

/** A receiver over HTTP, told by the address that a request names. */
class Receiver {
  readonly server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      this.received++;
      this.respond(this.answer(this.addressOf(request.url ?? '', body)), response);
    });
  });
  received = 0;
  answer: (address: string) => ReceiverAnswer = () => 'accept';

  constructor(private readonly addressOf: (path: string, body: string) => string) {}

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async discard(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private respond(answer: ReceiverAnswer, response: ServerResponse): void {
    if (answer === 'accept') response.writeHead(204).end();
    if (answer === 'refuse') response.writeHead(410).end();
    if (answer === 'later') response.writeHead(503, { 'retry-after': '7' }).end();
  }
}

describeTransport(runner, 'webhook', async (): Promise<TransportUnderTest<WebhookContent>> => {
  const secret = CANARIES.webhookSecret;
  const { webhook } = resolveOptions({ webhook: { allowPrivate: true, secrets: [secret], timeoutMs: 60_000 } }, {});
  let base = '';
  const receiver = new Receiver((path) => `${base}${path}`);
  base = await receiver.listen();
  return {
    transport: new WebhookTransport(webhook, new SystemClock()),
    channel: 'webhook',
    addressOf: (number) => `${base}/hook/${number}`,
    contentOf: (text) =>
      ({ type: 'note', count: 1, items: [{ id: 'd', type: 'note', title: text, priority: 'normal', at: '' }] }) as never,
    answerWith: (answer) => (receiver.answer = answer),
    received: () => receiver.received,
    secrets: [secret],
    discard: () => receiver.discard(),
  };
});

describeTransport(runner, 'of the example sms', async (): Promise<TransportUnderTest<string>> => {
  const receiver = new Receiver((_, body) => (JSON.parse(body) as { to: string }).to);
  const secret = 'sms-secret-key';
  return {
    transport: new SmsTransport(new SmsGateway(await receiver.listen(), secret)),
    channel: 'sms',
    addressOf: (number) => `+43123456${String(number).padStart(3, '0')}`,
    contentOf: (text) => text,
    answerWith: (answer) => (receiver.answer = answer),
    received: () => receiver.received,
    secrets: [secret],
    discard: () => receiver.discard(),
  };
});

describe('the suite finds a transport', () => {
  const failures = async (send: () => Promise<readonly SendResult[]>): Promise<string[]> => {
    const tests: { readonly name: string; readonly body: () => Promise<void> }[] = [];
    const collecting = {
      describe: (_: string, body: () => void) => body(),
      it: (name: string, body: () => Promise<void>) => void tests.push({ name, body }),
      expect,
    };
    const answer = {
      channel: 'x',
      addressOf: String,
      contentOf: String,
      answerWith: () => undefined,
      received: () => 1,
      secrets: ['s3cret'],
    };
    describeTransport(collecting, 'broken', () =>
      Promise.resolve({ ...answer, transport: { batching: true, send }, discard: () => Promise.resolve() }),
    );
    const failed: string[] = [];
    for (const { name, body } of tests) await body().catch(() => failed.push(name));
    return failed;
  };

  it('that answers for none, and one that throws', async () => {
    expect(await failures(() => Promise.resolve([]))).toHaveLength(6);
    expect(await failures(() => Promise.reject(new Error('no')))).toHaveLength(8);
  });

  it('that tells a secret', async () => {
    const failure = { reason: 'credentials_rejected', message: 'wrong: s3cret' } as const;
    const told = await failures(() => Promise.resolve([{ status: 'failed', kind: 'permanent', failure }]));
    expect(told).toContainEqual(expect.stringContaining('secrets'));
  });
});

describe('the segments of a short message', () => {
  it.each([
    ['a'.repeat(160), 1],
    ['a'.repeat(161), 2],
    ['€'.repeat(80), 1],
    ['€'.repeat(81), 2],
    ['ж'.repeat(70), 1],
    ['ж'.repeat(71), 2],
  ])('%#', (text, segments) => expect(segmentsOf(text)).toBe(segments));
});
