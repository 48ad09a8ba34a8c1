import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import MimeNode from 'nodemailer/lib/mime-node';
import PostalMime from 'postal-mime';
import { claimedMessage } from '../../../../test/support/claimed-message.js';
import { readWithPython } from '../../../../test/support/python-mail.js';
import { dotStuffed } from '../mail-data.js';
import { MailWriter } from '../mail-writer.js';
import { mailboxHeader, textHeader } from './header.js';
import { quotedPrintable } from './quoted-printable.js';
import { textPart } from './text-part.js';

/** Every script, emoji, spaces at line ends, long lines, dots, boundaries, lone surrogates, controls. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: 'grapheme', maxLength: 100 }),
      fc.lorem({ maxCount: 30 }),
      fc.constantFrom(
        '\n',
        '\r\n',
        '\r',
        '.',
        '\n.\n',
        '\n..',
        '\nFrom me',
        ' \n',
        '\t\r\n',
        '--=_m-1_0',
        '=?UTF-8?B?eA==?=',
        '東京',
      ),
      fc.constantFrom('x'.repeat(2_000), '👩‍👩‍👧‍👦'.repeat(50), ' '.repeat(100), 'é'.repeat(80)),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));

/** What a mail can carry: line ends are one thing, and there is no half of a surrogate pair. */
function carried(text: string): string {
  return text.toWellFormed().replace(/\r\n|\r/g, '\n');
}

/** Python's parser reads the end of lines with `splitlines`; what it takes for one is compared without. */
function comparable(text: string): string {
  return carried(text).replace(/\n+$/, '');
}

function shown(header: string): string {
  return header
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .replace(/\s+/g, ' ');
}

describe('the composer', () => {
  it('writes lines of at most 76 characters in quoted-printable, and of 998 in any part', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const lines = quotedPrintable(text.replace(/\r\n|\r|\n/g, '\r\n')).split('\r\n');
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(76);
        for (const line of lines) expect(line).toMatch(/^[\t\x20-\x7e]*$/);
        for (const line of lines) expect(line).not.toMatch(/[ \t]$/);
        for (const line of textPart('text/plain', text).split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
      }),
    );
  });

  it('lets no line end into a header, folds at 76 and cuts no character', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        for (const header of [textHeader('X-Test', text), mailboxHeader('From', text, 'ann@example.com')]) {
          expect(header.endsWith('\r\n')).toBe(true);
          const lines = header.slice(0, -2).split('\r\n');
          lines.slice(1).forEach((line) => expect(line).toMatch(/^ +\S/));
          for (const line of lines) {
            expect(line).toMatch(/^[\x20-\x7e]*$/);
            expect(line.length).toBeLessThanOrEqual(/=\?/.test(line) ? 76 : 998);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('differs in nothing from nodemailer’s for postal-mime', async () => {
    const mail = fc.record({ subject: hostileText, text: hostileText, html: hostileText, name: hostileText });
    await fc.assert(
      fc.asyncProperty(mail, async ({ subject, text, html, name }) => {
        const { data } = write(subject, text, html, name);
        const ours = await PostalMime.parse(data);
        const theirs = await PostalMime.parse(await byNodemailer(subject, text, html, name));
        expect([shown(ours.subject ?? ''), shown(ours.from?.name ?? '')]).toEqual([shown(subject), shown(name)]);
        // nodemailer leaves text that looks like an encoded word as it is, and a reader decodes it.
        if (!subject.includes('=?')) expect(shown(ours.subject ?? '')).toBe(shown(theirs.subject ?? ''));
        if (!name.includes('=?')) expect(shown(ours.from?.name ?? '')).toBe(shown(theirs.from?.name ?? ''));
        expect(ours.from?.address).toBe(theirs.from?.address);
        expect([comparable(ours.text ?? ''), comparable(ours.html ?? '')]).toEqual([comparable(text), comparable(html)]);
        // nodemailer drops a lone carriage return before a line end; here it is a line end as any other.
        if ((text + html).includes('\r')) return;
        expect(comparable(ours.text ?? '')).toBe(comparable(theirs.text ?? ''));
        expect(comparable(ours.html ?? '')).toBe(comparable(theirs.html ?? ''));
      }),
      { numRuns: Number(process.env['MIME_RUNS'] ?? 300) },
    );
  });

  it('has no defect for Python, which reads what was written', () => {
    const mails = fc.sample(fc.record({ subject: hostileText, text: hostileText, html: hostileText }), 300);
    const read = readWithPython(mails.map(({ subject, text, html }) => write(subject, text, html).data));
    mails.forEach(({ subject, text, html }, index) => {
      expect(read[index]?.defects).toEqual([]);
      expect(shown(new Map(read[index]?.headers).get('Subject') ?? '')).toBe(shown(subject));
      expect(comparable(read[index]?.text ?? '')).toBe(comparable(text));
      expect(comparable(read[index]?.html ?? '')).toBe(comparable(html));
    });
  });

  it('stuffs every dot that begins a line, and ends with one line end', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const { data } = write('s', text, text);
        const stuffed = dotStuffed(data) as string;
        expect(stuffed).not.toMatch(/\n\.(?!\.)/);
        expect(stuffed.replaceAll('\n..', '\n.')).toBe(data);
        expect(data.endsWith('--\r\n')).toBe(true);
        expect(data).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
      }),
    );
  });
});

function write(subject: string, text: string, html: string, name = ''): { readonly data: string } {
  const from = name.trim() === '' ? 'robot@example.com' : `"${name.replace(/["\\]/g, '\\$&')}" <robot@example.com>`;
  const mail = new MailWriter(from).mail({ message: claimedMessage([{}]), content: { subject, text, html, headers: {} } });
  return { data: mail.write() as string };
}

async function byNodemailer(subject: string, text: string, html: string, name: string): Promise<Uint8Array> {
  const root = new MimeNode('multipart/alternative', { newline: 'win' });
  root.setHeader([
    { key: 'From', value: { name: name.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim(), address: 'robot@example.com' } },
    {
      key: 'Subject',
      value: subject
        .toWellFormed()
        .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
        .trim(),
    },
  ]);
  root.createChild('text/plain; charset=utf-8').setContent(text.toWellFormed());
  root.createChild('text/html; charset=utf-8').setContent(html.toWellFormed());
  return root.build();
}
