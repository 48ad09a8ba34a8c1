import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { type EmailAttachment } from '../email-content.js';
import { attachmentPart } from './attachment-part.js';
import { type SlicedData } from '../mail-data.js';
import { Base64Lines } from './base64-lines.js';

const textOf = (data: SlicedData): string => Buffer.concat([...data.slices()]).toString('latin1');

describe('a body part with a file', () => {
  it('has its octets in base64, in lines of at most 76 characters', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(textOf(new Base64Lines(bytes))).toBe(
          Buffer.from(bytes)
            .toString('base64')
            .replace(/.{76}(?!$)/g, '$&\r\n'),
        );
      }),
    );
  });

  const parsed = async (attachment: EmailAttachment) => {
    const [head, body] = attachmentPart(attachment);
    expect(head).toMatch(/^[\x20-\x7e\r\n\t]*\r\n\r\n$/);
    expect(head.trimEnd()).not.toMatch(/\r\n\r\n|[^\r]\n|\r[^\n]/);
    const { attachments } = await PostalMime.parse(
      Buffer.concat([
        Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${head}`),
        ...body.slices(),
        Buffer.from('\r\n--b--\r\n'),
      ]),
    );
    return attachments;
  };

  it('has its name, whatever it is, and no header of its own making', async () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 }).map((name) => name.replace(/[\p{Cc}\s]+/gu, 'x'));
    await fc.assert(
      fc.asyncProperty(names, async (filename) => {
        expect(await parsed({ filename, content: 'a' })).toMatchObject([{ filename: filename.trim() }]);
      }),
      { numRuns: 200 },
    );
    expect(await parsed({ filename: 'a\r\nBcc: x@y\r\n\r\nb', content: 'a' })).toMatchObject([{ filename: 'a Bcc: x@y b' }]);
  });

  it.each([
    [{ filename: 'a.pdf', content: 'a' }, 'application/pdf', 'attachment'],
    [{ filename: 'a.txt', content: 'ü' }, 'text/plain', 'attachment'],
    [{ filename: 'a', content: 'a' }, 'application/octet-stream', 'attachment'],
    [{ filename: 'a.png', content: 'a', cid: 'logo' }, 'image/png', 'inline'],
    [{ filename: 'a', content: 'a', contentType: 'text/csv; header=present' }, 'text/csv', 'attachment'],
    [{ filename: 'a', content: 'a', contentType: 'a/b\r\nX-Own: y' }, 'application/octet-stream', 'attachment'],
    [{ filename: 'a', content: 'a', contentType: 'message/rfc822' }, 'application/octet-stream', 'attachment'],
  ])('%j has the type %s', async (attachment, mimeType, disposition) => {
    expect(await parsed(attachment)).toMatchObject([{ mimeType, disposition, filename: attachment.filename }]);
  });
});
