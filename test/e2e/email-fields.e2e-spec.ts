import { afterEach, describe, expect, it } from '@jest/globals';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { EmailBench } from '../support/email.js';
import { HttpApplication } from '../support/http-application.js';
import { SMTP_MODES, type SmtpScript } from '../support/smtp-script.js';

const bench = new EmailBench();
afterEach(() => bench.stop());

const ANN = 'ann@example.com';
const HTML = '<!doctype html><html><body><h1>Invoice 91</h1></body></html>';

describe.each(SMTP_MODES)('what a notification says of its mail, %s', (mode) => {
  const start = async (react?: SmtpScript, email: NotificationModuleOptions['email'] = {}) => {
    const server = await bench.script(react, { mode });
    const http = await HttpApplication.start({
      email: { smtpUrl: server.url, ...email },
      batch: { timeoutMs: 0, retryBaseMs: 1, maxAttempts: 2 },
    });
    const enqueue = async (over: object): Promise<string> => {
      const said = await http.post('', { type: 'invoice', channel: 'email', to: ANN, title: 'Invoice 91', ...over });
      expect([said.status, said.text]).toEqual([202, expect.any(String)]);
      return (said.json as { deliveries: [{ id: string }] }).deliveries[0].id;
    };
    const find = async (id: string) => (await http.get(`/deliveries/${id}`)).json;
    return { server, http, enqueue, find };
  };
  const recipients = (server: { readonly taken: readonly { readonly recipients: readonly string[] }[] }) =>
    server.taken.map((mail) => mail.recipients.map((one) => /<(.*?)>/.exec(one)?.[1] ?? one));

  it('ready content is sent as it is, at once, with the title in its text part', async () => {
    const { server, http, enqueue } = await start();
    const delivered = http.ended('delivered', 1);
    await enqueue({ email: { subject: 'Your invoice', html: HTML, replyTo: 'Billing <billing@example.com>' } });
    await delivered;
    const [content = ''] = server.contents;
    expect(content).toContain('Subject: Your invoice\r\n');
    expect(content.replace(/\r\n /g, ' ')).toContain('Reply-To: Billing <billing@example.com>\r\n');
    expect(content).toContain('<h1>Invoice 91</h1>');
    expect(content.indexOf('Invoice 91')).toBeLessThan(content.indexOf('<h1>'));
  });

  it('copies get the same mail: cc is shown, bcc is not', async () => {
    const { server, http, enqueue } = await start();
    const delivered = http.ended('delivered', 2);
    await enqueue({ email: { cc: ['bob@example.com', 'eve@EXAMPLE.com'], bcc: ['audit@example.com'] } });
    await enqueue({ to: 'zoe@example.com', priority: 'critical' });
    await delivered;
    expect(recipients(server).toSorted()).toEqual([
      [ANN, 'bob@example.com', 'eve@example.com', 'audit@example.com'],
      ['zoe@example.com'],
    ]);
    const content = server.contents.find((one) => one.includes('Cc: ')) ?? '';
    expect(content.replace(/\r\n /g, ' ')).toContain('Cc: bob@example.com, eve@example.com\r\n');
    expect(content).not.toContain('audit');
  });

  it('a copy that is refused leaves the mail alone, and is noted in the errors of its delivery', async () => {
    const { server, http, enqueue, find } = await start(({ phase, argument }) =>
      phase === 'RCPT' && argument.includes('bob@') ? '550 5.1.1 no such user' : undefined,
    );
    const delivered = http.ended('delivered', 1);
    const id = await enqueue({ email: { cc: ['bob@example.com', 'eve@example.com'] } });
    await delivered;
    const refusal = 'the copy to bob@example.com was refused: 550 5.1.1 no such user';
    expect(await find(id)).toMatchObject({
      state: 'delivered',
      attempts: 1,
      errors: [{ reason: 'address_rejected', message: refusal, at: expect.any(String) }],
    });
    expect(recipients(server)).toEqual([[ANN, 'eve@example.com']]);
  });

  it('of many copies that are refused as many are noted as are stored, and the rest is counted', async () => {
    const { http, enqueue, find } = await start(({ phase, argument }) =>
      phase === 'RCPT' && !argument.includes('ann@') ? '450 4.2.1 later' : undefined,
    );
    const delivered = http.ended('delivered', 1);
    const id = await enqueue({ email: { bcc: Array.from({ length: 50 }, (_, i) => `r${i}@example.com`) } });
    await delivered;
    const { state, errors } = (await find(id)) as { state: string; errors: readonly { reason: string; message: string }[] };
    expect([state, errors.length, errors.at(-1)]).toMatchObject(['delivered', 20, { message: '31 more copies were refused' }]);
    expect(errors[0]).toMatchObject({ reason: 'temporarily_refused', message: expect.stringContaining('r0@example.com') });
  });

  it.each([
    ['550 5.1.1 no such user', 'dead', 0],
    ['450 4.2.1 try later', 'delivered', 1],
  ])('G3 nobody gets a copy of a mail that is refused for its reader: %s', async (reply, state, copies) => {
    let refused = 0;
    const { server, http, enqueue, find } = await start(({ phase, argument }) =>
      phase === 'RCPT' && argument.includes('ann@') && refused++ < 1 ? reply : undefined,
    );
    const ended = http.ended(state as 'dead' | 'delivered', 1);
    const id = await enqueue({ email: { bcc: ['audit@example.com'] } });
    await ended;
    expect(await find(id)).toMatchObject({ state });
    expect(recipients(server)).toEqual(copies === 0 ? [] : [[ANN, 'audit@example.com']]);
  });

  it('mails with different reply addresses are never one, and those with the same are', async () => {
    const { server, http, enqueue } = await start();
    const gathers = { type: 'announcement' };
    await enqueue({ ...gathers, title: 'one', email: { replyTo: 'a@example.com' } });
    await enqueue({ ...gathers, title: 'two', email: { replyTo: 'a@example.com' } });
    await enqueue({ ...gathers, title: 'three', email: { replyTo: 'b@example.com' } });
    await enqueue({ ...gathers, title: 'four' });
    const delivered = http.ended('delivered', 4);
    expect((await http.post('/flush', {})).json).toMatchObject({ flushed: 3 });
    await delivered;
    const answers = server.contents.map((content) => /^Reply-To: (.*)\r$/m.exec(content)?.[1]);
    expect(answers.toSorted()).toEqual(['a@example.com', 'b@example.com', undefined]);
  });
});

describe('the fields of a mail', () => {
  it.each([
    [{ channel: 'slack', to: 'C1', email: {} }, ['email']],
    [{ email: 'x' }, ['email']],
    [{ email: { other: 1 } }, ['email.other']],
    [{ email: { subject: 'a\r\nBcc: x@y' } }, ['email.subject']],
    [{ email: { html: 'x'.repeat(256 * 1024 + 1) } }, ['email.html']],
    [{ email: { replyTo: 'nobody' } }, ['email.replyTo']],
    [{ email: { cc: 'bob@example.com' } }, ['email.cc']],
    [{ email: { cc: ['bob@example.com', 'x'], bcc: [1] } }, ['email.cc.1', 'email.bcc.0']],
    [{ email: { cc: Array.from({ length: 51 }, (_, i) => `r${i}@example.com`) } }, ['email.cc']],
    [{ to: [ANN, 'bob@example.com'], email: { bcc: ['eve@example.com'] } }, ['email.cc']],
  ])('refuses %j', async (over, paths) => {
    const http = await HttpApplication.start();
    const answer = await http.post('', { type: 'invoice', channel: 'email', to: ANN, title: 'x', ...over });
    expect(answer.status).toBe(400);
    const found = (answer.json['errors'] as { readonly path: string }[]).map(({ path }) => path);
    expect(found).toEqual(expect.arrayContaining(paths));
  });
});
