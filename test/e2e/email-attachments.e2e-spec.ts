import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import PostalMime from 'postal-mime';
import { type NotificationModuleOptions } from '../../src/config/options.js';
import { InvalidNotificationError } from '../../src/model/errors.js';
import { type Notification } from '../../src/model/notification.js';
import { QueueService } from '../../src/queue/queue.service.js';
import { NotificationStore } from '../../src/storage/notification-store.js';
import { verifyDkim } from '../support/dkim.js';
import { EmailBench } from '../support/email.js';
import { HttpApplication } from '../support/http-application.js';
import { SMTP_MODES, type SmtpScript, type SmtpScriptServer } from '../support/smtp-script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const bench = new EmailBench();
afterEach(() => bench.stop());

const MIB = 1024 * 1024;
/** Every octet, lines that begin with a dot, and both ends of lines. */
const OCTETS = Buffer.concat([Buffer.from(Uint8Array.from({ length: 256 }, (_, octet) => octet)), Buffer.from('\r\n.\r\n..\n.')]);
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=', 'base64');
const INVOICE = { type: 'invoice', channel: 'email', to: 'ann@example.com', title: 'Invoice 91' } as const;
const FILES = [
  { filename: 'Rechnung für März.pdf', content: OCTETS.toString('base64'), contentType: 'application/pdf' },
  { filename: 'logo.gif', content: PIXEL.toString('base64'), cid: 'logo@example.com' },
];
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const dkim = {
  domainName: 'example.com',
  keySelector: 'k1',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};
const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

async function start(server: SmtpScriptServer, options: NotificationModuleOptions = {}) {
  const http = await HttpApplication.start({
    batch: { timeoutMs: 0, retryBaseMs: 1, maxAttempts: 2 },
    ...options,
    email: { smtpUrl: server.url, from: 'Shop <shop@example.com>', ...options.email },
  });
  return { http, queue: http.app.get(QueueService, { strict: false }) };
}
const parsed = (server: SmtpScriptServer) =>
  Promise.all(server.contents.map((mail) => PostalMime.parse(Buffer.from(mail, 'latin1'))));
const filesOf = ({ attachments }: Awaited<ReturnType<typeof parsed>>[number]) =>
  attachments.map(({ filename, mimeType, contentId, content }) => [
    filename,
    mimeType,
    contentId,
    Buffer.from(content as ArrayBuffer).toString('base64'),
  ]);
const problemsOf = (error: unknown) => (error as InvalidNotificationError).message;

describe.each(SMTP_MODES)('attachments of a notification, %s', (mode) => {
  const script = (react?: SmtpScript) => bench.script(react, { mode });

  it.each([false, true])('G1 go with its mail, with all their octets, to each of its addresses (signed: %s)', async (signed) => {
    const server = await script();
    const { http } = await start(server, { email: signed ? { dkim } : {} });
    const delivered = http.ended('delivered', 3);
    const email = { html: '<p>See <img src="cid:logo@example.com"></p>', attachments: FILES };
    const answer = await http.post('', { ...INVOICE, to: ['ann@example.com', 'bob@example.com'], email });
    expect([answer.status, answer.json['deliveries']]).toEqual([202, [expect.anything(), expect.anything()]]);
    await http.post('', { ...INVOICE, to: 'zoe@example.com', priority: 'critical' });
    await delivered;
    const recipientOf = ({ to = [] }: Awaited<ReturnType<typeof parsed>>[number]) => to[0]?.address ?? '';
    const mails = (await parsed(server)).toSorted((a, b) => (recipientOf(a) < recipientOf(b) ? -1 : 1));
    const expected = [
      ['Rechnung für März.pdf', 'application/pdf', undefined, OCTETS.toString('base64')],
      ['logo.gif', 'image/gif', '<logo@example.com>', PIXEL.toString('base64')],
    ];
    expect(mails.map((mail) => filesOf(mail).toSorted())).toEqual([expected, expected, []]);
    expect(mails[0]?.html).toContain('cid:logo@example.com');
    expect(mails[0]?.text).toContain('Invoice 91');
    // A name beyond ASCII is written in ASCII (RFC 2231 §4, RFC 2047 §2), and the mail has no octet beyond it.
    for (const content of server.contents) expect(Math.max(...Buffer.from(content, 'latin1'))).toBeLessThan(128);
    expect(server.contents.filter((content) => /filename\*/.test(content))).toHaveLength(2);
    if (signed) for (const content of server.contents) expect(verifyDkim(content, key).valid).toBe(true);
  });

  it('G3 are sent again at a later attempt and by a replay', async () => {
    let contents = 0;
    const server = await script(({ phase }) => (phase === 'CONTENT' && contents++ < 2 ? '451 4.3.0 later' : undefined));
    const { http } = await start(server);
    const dead = http.ended('dead', 1);
    await http.post('', { ...INVOICE, email: { attachments: FILES } });
    await dead;
    const delivered = http.ended('delivered', 1);
    await http.post('/dead/replay', {});
    await delivered;
    const mails = await parsed(server);
    expect(mails).toHaveLength(3);
    for (const mail of mails) expect(filesOf(mail)).toEqual(filesOf(mails[0]!));
    expect(filesOf(mails[0]!)).toHaveLength(2);
  });
});

describe('many large attachments', () => {
  it('G8 are read as their mails are sent, few at once, and cost no attempt', async () => {
    const server = await bench.script(undefined, { mode: 'chunked' });
    const { http, queue } = await start(server, { email: { poolSize: 1 } });
    await http.post('/channels/email/pause');
    const content = Buffer.alloc(5 * MIB, 'x');
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        queue.enqueue({ ...INVOICE, title: `n${i}`, email: { attachments: [{ filename: 'large.bin', content }] } }),
      ),
    );
    const store = http.app.get(NotificationStore, { strict: false });
    const inner = store.attachments.bind(store);
    let read = 0;
    const batches: number[] = [];
    store.attachments = async (id) => {
      const bytes = await inner(id);
      read += bytes.reduce((sum, { length }) => sum + length, 0);
      return bytes;
    };
    const claim = store.claim.bind(store);
    store.claim = (request) => {
      if (read > 0) batches.push(read);
      read = 0;
      return claim(request);
    };
    const delivered = http.ended('delivered', 5);
    await http.post('/channels/email/resume');
    await delivered;
    batches.push(read);
    expect(Math.max(...batches)).toBeLessThanOrEqual(16 * MIB);
    expect(batches.reduce((sum, one) => sum + one)).toBe(5 * content.length);
    for (const { deliveries } of answers) {
      const [{ id } = { id: '' }] = deliveries;
      expect(await queue.find(id)).toMatchObject({ state: 'delivered', attempts: 1 });
    }
    // Each whole: base64 of every byte, in lines of 76 characters.
    const encoded = content.toString('base64').replace(/.{76}(?!$)/g, '$&\r\n');
    expect(server.contents.filter((mail) => mail.includes(encoded))).toHaveLength(5);
  });
});

describe('what may be attached', () => {
  const one = (bytes: number): object => {
    return { ...INVOICE, email: { attachments: [{ filename: 'a', content: Buffer.alloc(bytes).toString('base64') }] } };
  };

  it('is 10 MiB from the application and 2 MiB by HTTP', async () => {
    const { http, queue } = await start(await bench.script());
    await http.post('/channels/email/pause');
    const refused = await http.post('', one(2 * MIB + 1));
    expect([refused.status, refused.json['errors']]).toEqual([
      400,
      [{ path: 'email.attachments', message: 'got 2097153 bytes or more; must be at most 2097152 bytes together' }],
    ]);
    expect((await http.post('', one(2 * MIB))).status).toBe(202);
    const error = await queue.enqueue(one(10 * MIB + 1) as Notification).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidNotificationError);
    expect(problemsOf(error)).toContain('must be at most 10485760 bytes together');
    await expect(queue.enqueue(one(10 * MIB) as Notification)).resolves.toMatchObject({
      deliveries: [{ to: 'ann@example.com' }],
    });
  });

  it('is nothing in bulk, on another channel, or in a window', async () => {
    const { http, queue } = await start(await bench.script());
    const small = { ...INVOICE, type: 'announcement', email: { attachments: FILES } };
    const bulk = await http.post('/bulk', `${JSON.stringify(small)}\n`, { 'Content-Type': 'application/x-ndjson' });
    expect(bulk.json).toMatchObject({ accepted: 0, rejected: 1, errors: [{ line: 1 }] });
    expect(JSON.stringify(bulk.json)).toContain('email.attachments');
    expect(await queue.enqueueMany([small as Notification])).toMatchObject({ rejected: 1 });
    const elsewhere = await http.post('', { ...small, channel: 'sse', to: 'u1' });
    expect([elsewhere.status, elsewhere.text]).toEqual([400, expect.stringContaining('is only for the channel email')]);
    const { json } = await http.post('', small);
    expect(json['deliveries']).toMatchObject([{ route: 'batch' }]);
  });

  it('is part of what an idempotency key covers', async () => {
    const { http } = await start(await bench.script());
    const said = (attachments: readonly object[]) => http.post('', { ...INVOICE, idempotencyKey: 'k', email: { attachments } });
    const first = await said(FILES);
    const again = await said(FILES.map((file) => ({ cid: undefined, ...file })));
    expect([again.status, again.json]).toMatchObject([202, { notificationId: first.json['notificationId'] }]);
    expect(again.json['deliveries']).toMatchObject([{ duplicate: true }]);
    const [pdf, logo] = FILES;
    for (const other of [[pdf], [logo, pdf], [{ ...pdf, content: 'YQ==' }, logo], [{ ...pdf, filename: 'b.pdf' }, logo]]) {
      expect((await said(other as object[])).status).toBe(422);
    }
  });

  it('lies below EMAIL_ATTACHMENTS_DIR when it is named by its path', async () => {
    const folder = temporaryFolder('attachments-');
    writeFileSync(join(folder, 'terms.txt'), OCTETS);
    const server = await bench.script();
    const { http } = await start(server, { email: { attachmentsDir: folder } });
    const delivered = http.ended('delivered', 1);
    const attached = (path: string) => http.post('', { ...INVOICE, email: { attachments: [{ filename: 'Terms.txt', path }] } });
    expect((await attached('../../etc/passwd')).status).toBe(400);
    expect((await attached('terms.txt')).status).toBe(202);
    // It was read when it was accepted.
    writeFileSync(join(folder, 'terms.txt'), 'changed');
    await delivered;
    const [mail] = await parsed(server);
    expect(filesOf(mail!)).toEqual([['Terms.txt', 'text/plain', undefined, OCTETS.toString('base64')]]);
    const { http: without } = await start(server);
    const refused = await without.post('', { ...INVOICE, email: { attachments: [{ filename: 'a', path: 'terms.txt' }] } });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('EMAIL_ATTACHMENTS_DIR')]);
  });

  it('is named in the built-in mailbox', async () => {
    const http = await HttpApplication.start({ batch: { timeoutMs: 0 } });
    const delivered = http.ended('delivered', 1);
    await http.post('', { ...INVOICE, email: { attachments: FILES } });
    await delivered;
    const { text } = await http.get('/mailbox', { Accept: 'text/html' });
    expect(text).toContain(`Rechnung für März.pdf (${OCTETS.length} bytes)`);
  });
});
