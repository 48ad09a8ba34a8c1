import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import PostalMime from 'postal-mime';
import { SystemClock } from '../../src/model/clock.js';
import { type EmailContent } from '../../src/transports/email/email-content.js';
import { EmailTransport } from '../../src/transports/email/email.transport.js';
import { watch, watchFor } from '../support/canaries.js';
import { claimedMessage } from '../support/claimed-message.js';
import { verifyDkim } from '../support/dkim.js';
import { EmailBench, verdicts } from '../support/email.js';
import { SMTP_MODES, type SmtpMode } from '../support/smtp-script.js';

const bench = new EmailBench();
afterEach(() => bench.stop());

const CONTENT: EmailContent = {
  subject: 'Ünïcödé and more',
  text: '.\nA line that begins with a dot.\n.',
  html: '<p>See <img src="cid:plot"></p>',
  headers: {
    'List-Unsubscribe': '<https://example.com/leave>',
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    'X-Own': 'yes',
    'Message-ID': '<forged@example.com>',
  },
};
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const dkim = {
  domainName: 'example.com',
  keySelector: 'k1',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};
// The middle of the key: its first and last lines look like any other's.
watchFor('the DKIM key', dkim.privateKey.split('\n')[10] ?? '');
const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

const EHLO: Readonly<Record<SmtpMode, string>> = {
  'lock-step': '250-script\r\n250 SMTPUTF8',
  pipelined: '250-script\r\n250-PIPELINING\r\n250 SMTPUTF8',
  chunked: '250-script\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 SMTPUTF8',
};

async function sent(mode: SmtpMode, contents: readonly EmailContent[], signed = false, address = 'ann@example.com') {
  const server = await bench.script(({ phase }) => (phase === 'EHLO' ? EHLO[mode] : undefined), { mode });
  const from = 'Ann <ann@example.com>';
  const transport = new EmailTransport(
    { smtpUrl: server.url, from, poolSize: 1, ...(signed ? { dkim } : {}) },
    new SystemClock(),
    () => 0,
  );
  bench.onStop(() => transport.close());
  const results = await transport.send(
    contents.map((content) => ({ message: claimedMessage([{ title: content.subject }], { address }), content })),
    { lane: 'normal', signal: new AbortController().signal },
  );
  watch('what the transport shows', inspect([transport, results, server.contents], { depth: 20, showHidden: true }));
  const mails = server.contents;
  return { results, server, mails, read: await Promise.all(mails.map((mail) => PostalMime.parse(Buffer.from(mail, 'latin1')))) };
}

describe.each(SMTP_MODES)('what takes more than the built-in composer, %s', (mode) => {
  it('sends attachments, in the same batch as mails without, with the same headers', async () => {
    const attachments = [
      { filename: 'grüße.txt', content: 'plain ü' },
      { filename: 'plot.png', content: Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), cid: 'plot' },
    ];
    const { results, read } = await sent(mode, [CONTENT, { ...CONTENT, attachments }, CONTENT]);
    expect(verdicts(results)).toEqual(['accepted', 'accepted', 'accepted']);
    const [plain, full] = read;
    expect(full?.attachments.map(({ filename, mimeType }) => [filename, mimeType])).toEqual(
      expect.arrayContaining([
        ['grüße.txt', 'text/plain'],
        ['plot.png', 'image/png'],
      ]),
    );
    for (const part of ['subject', 'from', 'to'] as const) expect(full?.[part]).toEqual(plain?.[part]);
    expect(full?.text?.trim()).toBe(CONTENT.text);
    const named = (mail: (typeof read)[number] | undefined, name: string) =>
      mail?.headers.find((header) => header.key === name)?.value;
    for (const name of ['x-notification-type', 'x-notification-count', 'auto-submitted', 'list-unsubscribe', 'x-own']) {
      expect(named(full, name)).toBe(named(plain, name));
    }
    expect(full?.messageId).toMatch(/^<m-.*@example\.com>$/);
  });

  it.each([
    ['the built-in composer’s mail', CONTENT],
    ['a mail with attachments', { ...CONTENT, attachments: [{ filename: 'a.txt', content: 'a' }] }],
  ])('signs %s', async (_, content) => {
    const { results, mails } = await sent(mode, [content], true);
    expect(verdicts(results)).toEqual(['accepted']);
    const [mail = ''] = mails;
    expect(verifyDkim(mail, key)).toEqual({ valid: true, asked: ['k1._domainkey.example.com'] });
    // RFC 8058 §4: both headers of a one-click unsubscription must be signed.
    for (const [from, to] of [
      ['Ann', 'Eve'],
      ['example.com/leave', 'evil.example/leave'],
      ['One-Click', 'Two-Click'],
    ] as const) {
      expect(mail).toContain(from);
      expect(verifyDkim(mail.replace(from, to), key).valid).toBe(false);
    }
  });

  it('sends the octets that were signed, also with an address beyond ASCII', async () => {
    const attachments = [{ filename: 'grüße.txt', content: 'plain ü' }];
    const { results, server } = await sent(mode, [{ ...CONTENT, attachments }, CONTENT], true, 'jörg@bücher.example');
    expect(verdicts(results)).toEqual(['accepted', 'accepted']);
    for (const { content } of server.taken) {
      expect(Buffer.from(content, 'latin1').toString('utf8')).toMatch(/^To: jörg@(?:xn--bcher-kva|bücher)\.example\r$/m);
      expect(verifyDkim(content, key).valid).toBe(true);
    }
  });

  it('G6 what a formatter made that is no mail is dead alone', async () => {
    const broken = { ...CONTENT, attachments: [{ filename: 'a', content: undefined as unknown as string }] };
    const { results } = await sent(mode, [{ ...CONTENT, text: undefined as unknown as string }, broken, CONTENT]);
    expect(verdicts(results)).toEqual(['permanent unrenderable', 'permanent unrenderable', 'accepted']);
  });
});
