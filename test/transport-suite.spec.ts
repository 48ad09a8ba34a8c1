import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { segmentsOf } from '../examples/sms/sms-text.js';
import { SmsGateway, SmsTransport } from '../examples/sms/sms.transport.js';
import { resolveOptions } from '../src/config/resolve.js';
import { createEmailFormatter } from '../src/formatting/email/email.formatter.js';
import { sseFormatter } from '../src/formatting/sse/sse.formatter.js';
import { createPushFormatter } from '../src/formatting/push/push.formatter.js';
import { createTeamsFormatter } from '../src/formatting/teams/teams.formatter.js';
import {
  type EmailContent,
  EmailTransport,
  generateVapidKeys,
  type PushContent,
  PushDevices,
  PushTransport,
  type RegisteredDevice,
  type SlackContent,
  SlackMessageFormatterFactory,
  SlackTransport,
  type SseBatch,
  SseTransport,
  type TeamsContent,
  TeamsTransport,
  type Transport,
  type WebhookContent,
} from '../src/index.js';
import { SystemClock } from '../src/model/clock.js';
import { createMemoryStore, describeTransport, type ReceiverAnswer, type TransportUnderTest } from '../src/testing.js';
import { Mailbox } from '../src/transports/mailbox/mailbox.js';
import { MailboxTransport } from '../src/transports/mailbox/mailbox.transport.js';
import { type SseHub } from '../src/transports/sse/sse-hub.js';
import { WebhookTransport } from '../src/transports/webhook/webhook.transport.js';
import { claimedMessage } from './support/claimed-message.js';
import { PushReceiver } from './support/push-receiver.js';
import { SlackServer } from './support/slack-server.js';
import { SmtpScriptServer } from './support/smtp-script.js';
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

const REPLIES: Readonly<Record<ReceiverAnswer, string | undefined>> = {
  accept: undefined,
  refuse: '550 5.1.1 no such user',
  later: '451 4.3.0 later',
  hang: 'silence',
};

describeTransport(runner, 'email', async (): Promise<TransportUnderTest<EmailContent>> => {
  let answer: (address: string) => ReceiverAnswer = () => 'accept';
  let received = 0;
  const recipients = new Map<number, string>();
  const server = await SmtpScriptServer.start(
    ({ phase, argument, session }) => {
      if (phase === 'EHLO') return '250-script\r\n250-PIPELINING\r\n250-AUTH PLAIN\r\n250 8BITMIME';
      if (phase === 'RCPT') {
        recipients.set(session, /<(.*)>/.exec(argument)?.[1] ?? '');
        return undefined;
      }
      if (phase !== 'CONTENT') return undefined;
      received++;
      return REPLIES[answer(recipients.get(session) ?? '')];
    },
    { mode: 'pipelined' },
  );
  const secret = CANARIES.smtpPassword;
  const smtpUrl = `smtp://robot:${secret}@127.0.0.1:${server.port}`;
  return {
    transport: new EmailTransport({ smtpUrl, from: 'robot@example.com', poolSize: 2 }, new SystemClock(), () => 0),
    channel: 'email',
    addressOf: (number) => `reader-${number}@example.com`,
    contentOf: (text) => createEmailFormatter({}).format(claimedMessage([{ title: text, body: text }])),
    answerWith: (next) => (answer = next),
    received: () => received,
    secrets: [secret, Buffer.from(`\0robot\0${secret}`).toString('base64')],
    discard: () => server.stop(),
  };
});

describeTransport(runner, 'slack', async (): Promise<TransportUnderTest<SlackContent>> => {
  const token = CANARIES.slackToken;
  const server = await SlackServer.start({ token });
  const { slack } = resolveOptions({ slack: { botToken: token, apiUrl: server.url } }, {});
  const factory = new SlackMessageFormatterFactory(resolveOptions({}, {}));
  let answer: (address: string) => ReceiverAnswer = () => 'accept';
  server.script = ({ channel }) => {
    const verdict = answer(channel);
    if (verdict === 'refuse') return { error: 'channel_not_found' };
    if (verdict === 'later') return { status: 503 };
    return verdict === 'hang' ? 'hang' : undefined;
  };
  return {
    transport: new SlackTransport(slack, new SystemClock()),
    channel: 'slack',
    addressOf: (number) => `C${String(number).padStart(8, '0')}`,
    contentOf: (text) => factory.format(claimedMessage([{ title: text, body: text }])),
    answerWith: (next) => (answer = next),
    received: () => server.requests,
    secrets: [token],
    discard: () => server.stop(),
  };
});

describeTransport(
  runner,
  'sse',
  (): Promise<TransportUnderTest<SseBatch>> => {
    let received = 0;
    const hub = { connections: 0, sending: () => (received += 1) } as unknown as SseHub;
    return Promise.resolve({
      transport: new SseTransport(hub),
      channel: 'sse',
      addressOf: (number) => `user-${number}`,
      contentOf: (text) => sseFormatter.format(claimedMessage([{ title: text }])),
      answerWith: () => undefined,
      received: () => received,
      secrets: [],
      discard: () => Promise.resolve(),
    });
  },
  { answers: ['accept'] },
);

describeTransport(
  runner,
  'of the built-in mailbox',
  async (): Promise<TransportUnderTest<EmailContent>> => {
    const store = createMemoryStore();
    await store.open(0);
    let received = 0;
    const add = store.mailbox.add.bind(store.mailbox);
    store.mailbox.add = (mails) => {
      received += mails.length;
      return add(mails);
    };
    return {
      transport: new MailboxTransport(new Mailbox(store), { from: 'robot@example.com' }),
      channel: 'email',
      addressOf: (number) => `reader-${number}@example.com`,
      contentOf: (text) => createEmailFormatter({}).format(claimedMessage([{ title: text }])),
      answerWith: () => undefined,
      received: () => received,
      secrets: [],
      discard: () => Promise.resolve(),
    };
  },
  { answers: ['accept'] },
);

describeTransport(runner, 'teams', async (): Promise<TransportUnderTest<TeamsContent>> => {
  const signature = CANARIES.teamsSignature;
  const receiver = new Receiver((path) => `flow-${/\d+/.exec(path)?.[0] ?? ''}`);
  const base = await receiver.listen();
  const names = Array.from({ length: 30 }, (_, number) => number);
  const webhooks = Object.fromEntries(names.map((number) => [`flow-${number}`, `${base}/${number}?sig=${signature}`]));
  const { teams } = resolveOptions({ teams: { webhooks, allowPrivate: true, timeoutMs: 60_000 } }, {});
  return {
    transport: new TeamsTransport(teams, new SystemClock()),
    channel: 'teams',
    addressOf: (number) => `flow-${number}`,
    contentOf: (text) => createTeamsFormatter('priority').format(claimedMessage([{ title: text, body: text }])),
    answerWith: (answer) => (receiver.answer = answer),
    received: () => receiver.received,
    secrets: [signature],
    discard: () => receiver.discard(),
  };
});

/** Each person has one browser, whose endpoint names them. */
class OneBrowserEach extends PushDevices {
  readonly #keys = new PushReceiver().keys;

  constructor(private readonly base: string) {
    super();
  }

  of(person: string): Promise<readonly RegisteredDevice[]> {
    const device = { kind: 'web', endpoint: `${this.base}/${person}`, keys: this.#keys } as const;
    return Promise.resolve([{ key: person, device, registeredAt: 0 }]);
  }

  add(): Promise<boolean> {
    return Promise.resolve(false);
  }

  remove(): Promise<boolean> {
    return Promise.resolve(true);
  }
}

describeTransport(runner, 'push', async (): Promise<TransportUnderTest<PushContent>> => {
  const keys = generateVapidKeys();
  const receiver = new Receiver((path) => path.slice(1));
  const base = await receiver.listen();
  const settings = { subject: 'mailto:ops@example.com', ...keys, allowPrivate: true, timeoutMs: 60_000 };
  const { push } = resolveOptions({ push: settings }, {});
  return {
    transport: new PushTransport(push, 5, new OneBrowserEach(base), new SystemClock()),
    channel: 'push',
    addressOf: (number) => `person-${number}`,
    contentOf: (text) => createPushFormatter('priority', push.maxBytes).format(claimedMessage([{ title: text, body: text }])),
    answerWith: (answer) => (receiver.answer = answer),
    received: () => receiver.received,
    secrets: [keys.privateKey],
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
  const failures = async (send: Transport['send']): Promise<string[]> => {
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
    expect(await failures(() => Promise.resolve([]))).toHaveLength(9);
    expect(await failures(() => Promise.reject(new Error('no')))).toHaveLength(11);
  });

  it('that calls delivered what nobody received', async () => {
    const told = await failures((messages) => Promise.resolve(messages.map(() => ({ status: 'accepted' as const }))));
    for (const test of ['add up', 'cannot be reached', 'attempts nothing']) {
      expect(told).toContainEqual(expect.stringContaining(test));
    }
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
