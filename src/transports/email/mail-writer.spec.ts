import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { claimedMessage } from '../../../test/support/claimed-message.js';
import { mailOctets } from '../../../test/support/email.js';
import { emailContentProblem } from './email-content-problem.js';
import { type EmailContent } from './email-content.js';
import { MailWriter } from './mail-writer.js';

const writer = new MailWriter('Shop <shop@example.com>');
const PLAIN: EmailContent = { subject: 'Hello', text: 'text', html: '<p>html', headers: {} };
const message = claimedMessage([{ title: 'Hello' }], { address: 'ann@example.com' });
const mailOf = (content: Partial<EmailContent>) => writer.mail({ message, content: { ...PLAIN, ...content } });

const HEADERS = [
  ...['from', 'to', 'cc', 'reply-to', 'subject', 'message-id', 'date', 'x-own', 'x-notification-type', 'x-notification-count'],
  ...['auto-submitted', 'mime-version', 'content-type'],
];
const INJECTIONS = [
  'a\r\nBcc: eve@example.com',
  'a\nX-Evil: 1',
  '\r\n\r\nbody',
  'a\r\n.\r\nMAIL FROM:<e@e.e>',
  '"; name="b',
  '>\r\nRCPT TO:<e@e.e>',
];
const hostile = fc.oneof(
  fc.constantFrom(...INJECTIONS, '', '../../etc/passwd', 'a@b.c'),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

describe('a mail of what a formatter made', () => {
  it.each([
    { replyTo: 'ann@example.com\r\nBcc: eve@example.com' },
    { replyTo: 'Ann <ann@example.com>\r\nBcc: eve@example.com, <x>' },
    { cc: ['bob@example.com', 'bob@example.com\r\nX-Evil: 1'] },
    { bcc: ['bob@example.com>\r\nRCPT TO:<eve@example.com'] },
    { bcc: ['bob@example.com, eve@example.com'] },
    { cc: [''] },
  ])('%j is refused, and no header or command of its making is written', async (content) => {
    expect(emailContentProblem({ ...PLAIN, ...content })).toMatch(/^(its replyTo|an address of its b?cc) has /);
    expect(() => mailOf(content).write()).toThrow(/^an address of it has /);
    await expect(writer.prepared({ message, content: { ...PLAIN, ...content, attachments: [] } })).rejects.toThrow(/has /);
  });

  it('whatever it is, has the headers of a mail and no others, or is refused', async () => {
    const file = fc.record({
      filename: hostile,
      content: hostile,
      contentType: hostile,
      cid: fc.option(hostile, { nil: undefined }),
    });
    const files = fc.array(file, { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        hostile,
        hostile,
        hostile,
        files,
        fc.option(hostile, { nil: undefined }),
        async (subject, own, text, given, replyTo) => {
          const attachments = given.map(({ cid, ...rest }) => ({ ...rest, ...(cid === undefined ? {} : { cid }) }));
          const content = { subject, text, html: text, headers: { 'X-Own': own, [own]: 'x' }, attachments };
          const all = { ...content, ...(replyTo === undefined ? {} : { replyTo }) };
          const mail = await writer.prepared({ message, content: emailContentProblem(all) === undefined ? all : content });
          const written = mailOctets(mail.write());
          const parsed = await PostalMime.parse(written);
          const names = parsed.headers.map(({ key }) => key).filter((key) => key !== own.toLowerCase());
          expect(names.filter((name) => !HEADERS.includes(name))).toEqual([]);
          expect(new Set(names).size).toBe(names.length);
          expect(parsed.attachments).toHaveLength(attachments.length);
          expect(written.toString('latin1')).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
          expect(mail.to).toEqual(['ann@example.com']);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('goes once to each of its readers, and shows nobody who has a blind copy', () => {
    const mail = mailOf({
      cc: ['bob@example.com', 'ann@EXAMPLE.com', 'bob@Example.com'],
      bcc: ['bob@example.com', 'eve@example.com', 'ann@example.com'],
    });
    expect(mail.to).toEqual(['ann@example.com', 'bob@example.com', 'eve@example.com']);
    expect(mailOctets(mail.write()).toString()).not.toContain('eve@');
    expect(mailOf({ cc: ['ann@example.com'] })).not.toHaveProperty('copies');
  });

  it('of no bytes, or of what is neither text nor bytes', async () => {
    const attachments = [{ filename: 'empty', content: new Uint8Array() }];
    const mail = await writer.prepared({ message, content: { ...PLAIN, attachments } });
    const [empty] = (await PostalMime.parse(mailOctets(mail.write()))).attachments;
    expect(empty).toMatchObject({ filename: 'empty' });
    expect((empty?.content as ArrayBuffer).byteLength).toBe(0);
    for (const content of [undefined, 7, {}, [], new ReadableStream()]) {
      const broken = [{ filename: 'a', content: content as unknown as string }];
      await expect(writer.prepared({ message, content: { ...PLAIN, attachments: broken } })).rejects.toThrow(TypeError);
    }
  });
});
