import { afterEach, describe, expect, it } from '@jest/globals';
import { PostmarkController } from '../../examples/bounces/postmark.controller.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { ADAPTERS, type Answer, HttpApplication } from '../support/http-application.js';
import { SmtpScriptServer } from '../support/smtp-script.js';

const GONE = { channel: 'email', address: 'gone@example.com' };
const urgent = { type: 'login', channel: 'email', to: GONE.address, title: 'Code 1234', priority: 'high' };

function itemsOf({ json }: Answer): readonly Readonly<Record<string, unknown>>[] {
  return json['items'] as readonly Readonly<Record<string, unknown>>[];
}

async function deliveryOf(http: HttpApplication, notification: object): Promise<string> {
  const { json } = await http.post('', notification);
  return (json['deliveries'] as readonly { readonly id: string }[])[0]?.id ?? '';
}

describe('an SMTP server that knows no such address', () => {
  let server: SmtpScriptServer;
  let http: HttpApplication;
  afterEach(async () => {
    await http.close();
    await server.stop();
  });

  it.each([
    ['550 5.1.1 no such user', true],
    ['556 5.1.10 null MX', true],
    ['550 5.7.1 blocked by policy', false],
    ['550 no such user', false],
  ])('%s: nothing more is said to it about that address (%s), and another channel goes on', async (reply, suppresses) => {
    server = await SmtpScriptServer.start(({ phase, argument }) =>
      phase === 'RCPT' && argument.includes(GONE.address) ? reply : undefined,
    );
    http = await HttpApplication.startOn(new ManualClock(Date.UTC(2026, 10, 24, 10)), {
      email: { smtpUrl: server.url },
      aggregation: { enabled: false },
      batch: { timeoutMs: 0 },
    });
    const died = http.ended('dead', 1);
    const first = await deliveryOf(http, urgent);
    await died;
    expect((await http.get(`/deliveries/${first}`)).json).toMatchObject({
      state: 'dead',
      reason: 'address_rejected',
      attempts: 1,
    });
    const commands = server.commands.length;
    const suppressed = itemsOf(await http.get('/suppressions'));
    if (!suppresses) {
      expect(suppressed).toEqual([]);
      return;
    }
    expect(suppressed).toEqual([
      { ...GONE, reason: 'hard_bounce', at: '2026-11-24T10:00:00.000Z', until: '2026-12-24T10:00:00.000Z', note: reply },
    ]);
    const second = await deliveryOf(http, { ...urgent, to: 'gone@EXAMPLE.com' });
    expect((await http.get(`/deliveries/${second}`)).json).toMatchObject({
      state: 'cancelled',
      reason: 'suppressed',
      attempts: 0,
    });
    const delivered = http.ended('delivered', 1);
    const onSse = await deliveryOf(http, { ...urgent, channel: 'sse', to: 'ann' });
    await delivered;
    expect((await http.get(`/deliveries/${onSse}`)).json).toMatchObject({ state: 'delivered' });
    expect(server.commands.length).toBe(commands);
    const critical = http.ended('dead', 1);
    await deliveryOf(http, { ...urgent, priority: 'critical' });
    await critical;
    expect(server.commands.filter((line) => line.startsWith('RCPT')).length).toBe(2);
  });
});

describe.each(ADAPTERS)('POST, GET and DELETE /suppressions, on %s', (adapter) => {
  it('suppress, list and remove, and refuse what is wrong', async () => {
    const http = await HttpApplication.mount(adapter, { recipients: { required: ['security'] } });
    const waiting = await deliveryOf(http, { ...urgent, type: 'report', priority: 'normal' });
    const complaint = { ...GONE, reason: 'complaint', note: 'feedback loop' };
    const answer = await http.post('/suppressions', complaint);
    expect(answer).toMatchObject({ status: 200, json: { ...complaint, cancelled: 1, at: expect.any(String) } });
    expect((await http.get(`/deliveries/${waiting}`)).json).toMatchObject({ state: 'cancelled', reason: 'suppressed' });
    await http.post('/suppressions', { ...GONE, address: 'other@example.com', reason: 'manual' });
    expect(itemsOf(await http.get('/suppressions?channel=email&address=gone@EXAMPLE.com'))).toMatchObject([complaint]);
    expect(itemsOf(await http.get('/suppressions?reason=manual'))).toMatchObject([{ address: 'other@example.com' }]);
    const page = (await http.get('/suppressions?limit=1')).json as { readonly next: string };
    expect(itemsOf(await http.get(`/suppressions?limit=1&cursor=${page.next}`))).toMatchObject([GONE]);
    const required = await deliveryOf(http, { ...urgent, type: 'security', priority: 'normal' });
    expect((await http.get(`/deliveries/${required}`)).json['state']).not.toBe('cancelled');

    const refused: readonly (readonly [string, object, string])[] = [
      ['POST', { ...complaint, reason: 'boredom' }, 'reason'],
      ['POST', { ...complaint, channel: 'pigeon' }, 'channel'],
      ['POST', { ...complaint, address: 'nobody' }, 'address'],
      ['POST', { ...complaint, more: 1 }, 'more'],
      ['POST', { ...complaint, note: null }, 'note'],
      ['DELETE', GONE, 'note'],
    ];
    for (const [method, body, path] of refused) {
      const { status, json } = await http.request(method, '/suppressions', body);
      expect([path, status, json['errors']]).toEqual([path, 400, expect.arrayContaining([expect.objectContaining({ path })])]);
    }
    expect(await http.get('/suppressions?address=gone@example.com')).toMatchObject({ status: 400 });

    const removal = { ...GONE, note: 'asked by phone' };
    expect(await http.request('DELETE', '/suppressions', removal)).toMatchObject({ status: 200, json: { removed: 1 } });
    expect(await http.request('DELETE', '/suppressions', removal)).toMatchObject({ status: 404 });
    expect(itemsOf(await http.get('/suppressions?ended=true'))).toMatchObject([
      { address: 'other@example.com' },
      { ...complaint, removedNote: 'asked by phone', removedAt: expect.any(String) },
    ]);
    expect((await http.get('/suppressions', { Authorization: '' })).status).toBe(401);
  });
});

describe('the webhook of a provider', () => {
  const auth = { Authorization: `Basic ${Buffer.from('postmark:a-secret-of-the-webhook').toString('base64')}` };
  afterEach(() => {
    delete process.env['POSTMARK_WEBHOOK_SECRET'];
  });

  it('reports bounces, complaints and unsubscriptions, and nothing else', async () => {
    process.env['POSTMARK_WEBHOOK_SECRET'] = 'a-secret-of-the-webhook';
    const http = await HttpApplication.mount('express', {}, [], undefined, [PostmarkController]);
    const report = async (event: object, headers: Record<string, string> = auth): Promise<number> => {
      const response = await fetch(http.base.replace('/notifications', '/postmark'), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(event),
      });
      return response.status;
    };
    const bounce = {
      RecordType: 'Bounce',
      Type: 'HardBounce',
      Email: 'a@example.com',
      Description: 'unknown\nuser',
      Inactive: true,
    };
    expect(await report(bounce, {})).toBe(401);
    expect(await report(bounce, { Authorization: 'Basic cG9zdG1hcms6' })).toBe(401);
    expect(itemsOf(await http.get('/suppressions'))).toEqual([]);
    const events = [
      bounce,
      { ...bounce, Type: 'SoftBounce', Email: 'b@example.com' },
      { RecordType: 'SpamComplaint', Type: 'SpamComplaint', Email: 'c@example.com', Description: '' },
      {
        RecordType: 'SubscriptionChange',
        Recipient: 'd@example.com',
        SuppressSending: true,
        SuppressionReason: 'ManualSuppression',
      },
      { RecordType: 'SubscriptionChange', Recipient: 'e@example.com', SuppressSending: false, SuppressionReason: null },
      { RecordType: 'Delivery', Recipient: 'f@example.com' },
      {},
    ];
    for (const event of events) expect(await report(event)).toBe(200);
    expect(itemsOf(await http.get('/suppressions')).map(({ address, reason, note }) => [address, reason, note])).toEqual([
      ['d@example.com', 'unsubscribe', 'Postmark: unsubscribed'],
      ['c@example.com', 'complaint', 'Postmark: '],
      ['a@example.com', 'hard_bounce', 'Postmark: unknown user'],
    ]);
  });
});
