import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { ExpoFormatter, ExpoPushTransport } from '../../../examples/expo-push/expo-push.transport.js';
import { SmsFormatter } from '../../../examples/sms/sms.transport.js';
import { folded, gsmOctets, segmentsOf } from '../../../examples/sms/sms-text.js';
import { TelegramFormatter, TelegramTransport } from '../../../examples/telegram/telegram.transport.js';
import { WhatsAppFormatter, WhatsAppTransport } from '../../../examples/whatsapp/whatsapp.transport.js';
import { NotificationEvents, NotificationModule, QueueService, type SendResult, type Transport } from '../../../src/index.js';
import { describeTransport, type ReceiverAnswer, type TransportUnderTest } from '../../../src/testing.js';
import { claimedMessage } from '../../support/claimed-message.js';
import { endAfterTest } from '../../support/resources.js';
import { ProviderServer, type ProviderReply } from '../../support/provider-server.js';

const runner = { describe, it, expect };
const SECRET = 'canary-provider-token';

const chat = (body: unknown): string => (body as { chat_id: string }).chat_id;
const to = (body: unknown): string => (body as { to: string }).to;
const tos = (body: unknown): readonly string[] => (body as readonly { to: string }[]).map((one) => one.to);

const TELEGRAM: Readonly<Record<ReceiverAnswer, ProviderReply>> = {
  accept: { status: 200, body: { ok: true } },
  refuse: { status: 403, body: { ok: false, description: 'Forbidden: bot was blocked by the user' } },
  later: { status: 429, body: { ok: false, description: 'Too Many Requests', parameters: { retry_after: 7 } } },
  hang: undefined,
};
const WHATSAPP: Readonly<Record<ReceiverAnswer, ProviderReply>> = {
  accept: { status: 200, body: { messages: [{ id: 'wamid.x' }] } },
  refuse: { status: 400, body: { error: { code: 131026, message: 'Message undeliverable' } } },
  later: { status: 400, body: { error: { code: 131056, message: 'Pair rate limit' } } },
  hang: undefined,
};
const EXPO = {
  accept: { status: 'ok', id: 'r' },
  refuse: { status: 'error', message: 'gone', details: { error: 'DeviceNotRegistered' } },
  later: { status: 'error', message: 'slow', details: { error: 'MessageRateExceeded' } },
} as const;

describeTransport(runner, 'of the example telegram', async (): Promise<TransportUnderTest<string>> => {
  const server = await ProviderServer.start();
  server.reply = () => TELEGRAM.accept;
  return {
    transport: new TelegramTransport(SECRET, server.url),
    channel: 'telegram',
    addressOf: (number) => String(1_000 + number),
    contentOf: (text) => text.slice(0, 5_000),
    answerWith: (answer) => (server.reply = ({ body }) => TELEGRAM[answer(chat(body))]),
    received: () => server.requests.length,
    secrets: [SECRET],
    discard: () => server.stop(),
  };
});

describeTransport(runner, 'of the example whatsapp', async () => {
  const server = await ProviderServer.start();
  server.reply = () => WHATSAPP.accept;
  const settings = { phoneNumberId: '1', accessToken: SECRET, template: 'digest', language: 'en', url: server.url };
  return {
    transport: new WhatsAppTransport(settings),
    channel: 'whatsapp',
    addressOf: (number) => `+43123456${String(number).padStart(3, '0')}`,
    contentOf: (text) => ({ count: 1, text }),
    answerWith: (answer) => (server.reply = ({ body }) => WHATSAPP[answer(to(body))]),
    received: () => server.requests.length,
    secrets: [SECRET],
    discard: () => server.stop(),
  };
});

describeTransport(runner, 'of the example expo-push', async () => {
  const server = await ProviderServer.start();
  const answers =
    (answer: (address: string) => ReceiverAnswer): ProviderServer['reply'] =>
    ({ body }) => {
      const found = tos(body).map(answer);
      const data = found.map((one) => (one === 'hang' ? undefined : EXPO[one]));
      return data.includes(undefined) ? undefined : { status: 200, body: { data } };
    };
  server.reply = answers(() => 'accept');
  return {
    transport: new ExpoPushTransport(SECRET, server.url),
    channel: 'expo',
    addressOf: (number) => `ExponentPushToken[t${number}]`,
    contentOf: (text) => ({ title: text.slice(0, 100), body: text, data: {} }),
    answerWith: (answer) => (server.reply = answers(answer)),
    received: () => server.requests.reduce((sum, { body }) => sum + tos(body).length, 0),
    secrets: [SECRET],
    discard: () => server.stop(),
  };
});

/** What a transport makes of one answer, as `kind reason wait`. */
async function outcome(
  transport: (url: string) => Transport<never>,
  content: unknown,
  address: string,
  reply: ProviderReply,
): Promise<string> {
  const server = await ProviderServer.start();
  server.reply = () => reply;
  const message = claimedMessage([{}], { address });
  const [result] = await transport(server.url).send([{ message, content: content as never }], {
    signal: new AbortController().signal,
    lane: 'normal',
  });
  return said(result);
}

function said(result: SendResult | undefined): string {
  if (result?.status !== 'failed') return String(result?.status);
  return [result.kind, result.failure.reason, ...(result.retryAfterMs === undefined ? [] : [result.retryAfterMs])].join(' ');
}

const telegram = (url: string) => new TelegramTransport(SECRET, url);
const whatsapp = (url: string) =>
  new WhatsAppTransport({ phoneNumberId: '1', accessToken: SECRET, template: 'd', language: 'en', url });
const expo = (url: string) => new ExpoPushTransport(undefined, url);
const telegramSays = (status: number, description: string): ProviderReply => ({ status, body: { ok: false, description } });
const whatsappSays = (status: number, code: number): ProviderReply => ({ status, body: { error: { code, message: 'x' } } });
const ticket = (error: string): ProviderReply => ({
  status: 200,
  body: { data: [{ status: 'error', message: 'x', details: { error } }] },
});
const later = { 'retry-after': '9' };

describe('what providers answer', () => {
  it.each<[string, ProviderReply]>([
    ['permanent address_rejected', telegramSays(400, 'Bad Request: chat not found')],
    ['permanent address_rejected', telegramSays(403, 'Forbidden: user is deactivated')],
    ['permanent content_rejected', telegramSays(400, 'Bad Request: message text is empty')],
    ['channel_unavailable credentials_rejected', telegramSays(401, 'Unauthorized')],
    ['channel_unavailable credentials_rejected', telegramSays(404, 'Not Found')],
    ['retry rate_limited 7000', TELEGRAM.later],
    ['retry temporarily_refused 9000', { status: 502, headers: later }],
    // What is no answer of Telegram is no success.
    ['retry temporarily_refused', { status: 200, body: {} }],
    ['retry temporarily_refused', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
  ])('Telegram: %s', async (expected, reply) => expect(await outcome(telegram, 'Hello', '7', reply)).toBe(expected));

  it.each<[string, ProviderReply]>([
    ['permanent address_rejected', whatsappSays(400, 131026)],
    ['permanent content_rejected', whatsappSays(400, 131047)],
    ['permanent content_rejected', whatsappSays(404, 132001)],
    ['channel_unavailable credentials_rejected', whatsappSays(401, 190)],
    ['channel_unavailable credentials_rejected', { status: 403, body: {} }],
    ['retry rate_limited 9000', { ...whatsappSays(429, 130429), headers: later } as ProviderReply],
    ['retry rate_limited 6000', whatsappSays(400, 131056)],
    ['retry temporarily_refused 9000', { status: 503, headers: later }],
  ])('WhatsApp: %s', async (expected, reply) =>
    expect(await outcome(whatsapp, { count: 1, text: 'Hello' }, '+431234567', reply)).toBe(expected),
  );

  it.each<[string, ProviderReply]>([
    ['permanent address_rejected', ticket('DeviceNotRegistered')],
    ['permanent content_rejected', ticket('MessageTooBig')],
    ['retry rate_limited', ticket('MessageRateExceeded')],
    ['channel_unavailable credentials_rejected', ticket('InvalidCredentials')],
    ['retry temporarily_refused', ticket('SomethingNew')],
    ['channel_unavailable credentials_rejected', { status: 401, body: {} }],
    ['retry rate_limited 9000', { status: 429, headers: later }],
    ['permanent content_rejected', { status: 413, body: {} }],
    ['retry temporarily_refused', { status: 200, body: { data: [] } }],
  ])('Expo: %s', async (expected, reply) =>
    expect(await outcome(expo, { title: 't', body: 'b', data: {} }, 'ExponentPushToken[x]', reply)).toBe(expected),
  );
});

describe('the example expo-push', () => {
  it('sends a hundred messages a request, and takes a refused request apart', async () => {
    const server = await ProviderServer.start();
    server.reply = ({ body }) =>
      tos(body).some((token) => token.includes('foreign')) && tos(body).length > 1
        ? { status: 400, body: { errors: [{ code: 'PUSH_TOO_MANY_EXPERIENCE_IDS' }] } }
        : { status: 200, body: { data: tos(body).map(() => EXPO.accept) } };
    const tokens = Array.from({ length: 250 }, (_, i) => `ExponentPushToken[${i === 120 ? 'foreign' : `t${i}`}]`);
    const messages = tokens.map((address) => ({
      message: claimedMessage([{}], { address }),
      content: { title: 't', body: 'b', data: {} },
    }));
    const results = await new ExpoPushTransport(undefined, server.url).send(messages, {
      signal: new AbortController().signal,
      lane: 'normal',
    });
    expect(results.map(said)).toEqual(tokens.map(() => 'accepted'));
    expect(Math.max(...server.requests.map(({ body }) => tos(body).length))).toBe(100);
    expect(server.requests.length).toBeLessThan(20);
  });
});

describe('the formatters of the examples', () => {
  const many = claimedMessage(Array.from({ length: 500 }, (_, i) => ({ title: `Disk ${i} of “web” is full – again` })));

  it('keep the limits of their channels, and count what they leave out', () => {
    const telegramText = new TelegramFormatter().format(many);
    expect(telegramText.length).toBeLessThanOrEqual(4_096);
    expect(telegramText).toMatch(/\nand \d+ more$/);
    const { count, text } = new WhatsAppFormatter().format(many);
    expect([count, text.length <= 1_024, text.includes('\n')]).toEqual([500, true, false]);
    const push = new ExpoFormatter().format(many);
    expect([push.title, Buffer.byteLength(push.body) <= 2_000]).toEqual(['500 notifications', true]);
    const sms = new SmsFormatter().format(many);
    expect([segmentsOf(sms), gsmOctets(sms) !== undefined]).toEqual([2, true]);
    expect(sms).toMatch(/^Disk 0 of "web" is full - again\n[\s\S]*\nand \d+ more$/);
    const shown = sms.split('\n').length - 1;
    expect(shown + Number(/and (\d+) more/.exec(sms)?.[1])).toBe(500);
  });

  it('cut one title that is too long, between characters', () => {
    const sms = new SmsFormatter().format(claimedMessage([{ title: '👩‍👩‍👧‍👦'.repeat(60) }, { title: 'x' }]));
    expect(segmentsOf(sms)).toBeLessThanOrEqual(2);
    expect(sms).toMatch(/^(?:👩‍👩‍👧‍👦)+\.\.\.\nand 1 more$/u);
    expect(folded('‘a’ “b” – …')).toBe(`'a' "b" - ...`);
  });
});

describe('the example telegram in an application', () => {
  it('sends a digest, and refuses what is no chat', async () => {
    const server = await ProviderServer.start();
    server.reply = () => TELEGRAM.accept;
    const rules = [{ type: 'alert', channel: 'telegram', windowMs: 60_000, maxCount: 3 }];
    const app = await Test.createTestingModule({
      imports: [NotificationModule.forRoot({ store: { path: ':memory:' }, aggregation: { rules } })],
      providers: [{ provide: TelegramTransport, useFactory: () => telegram(server.url) }, TelegramFormatter],
    }).compile();
    endAfterTest('the application', () => app.close());
    await app.init();
    const sent = new Promise((resolve) => app.get(NotificationEvents).on('batchFinished', resolve));
    for (const title of ['One', 'Two', 'Three'])
      await app.get(QueueService).enqueue({ type: 'alert', channel: 'telegram', to: '@ops_chat', title });
    await sent;
    expect(server.requests).toMatchObject([
      { path: `/bot${SECRET}/sendMessage`, body: { chat_id: '@ops_chat', text: 'One\nTwo\nThree' } },
    ]);
    await expect(app.get(QueueService).enqueue({ type: 'alert', channel: 'telegram', to: 'ann', title: 'x' })).rejects.toThrow(
      /the id of a chat/,
    );
  });
});
