import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import DKIM from 'nodemailer/lib/dkim';
import { type DkimOptions } from '../../config/options.js';
import { type EmailAttachment, type EmailContent } from './email-content.js';
import { type MailData } from './mail-data.js';
import { attachmentPart } from './mime/attachment-part.js';
import { textPart } from './mime/text-part.js';

/** Octets that are hashed for a signature in one turn of the event loop. */
const SLICE_OCTETS = 256 * 1024;

/** Text and HTML, text first (RFC 2046 §5.1.4). */
export function alternative({ text, html }: Pick<EmailContent, 'text' | 'html'>, boundary: string): string {
  return multipart('alternative', boundary, [textPart('text/plain', text), textPart('text/html', html)]);
}

/**
 * The same with files: those with a `cid` stand beside the HTML (RFC 2387), the others behind all (RFC 2046 §5.1.3). Megabytes of files take
 * many turns of the event loop.
 *
 * @param headers all others of the mail, whose lines are ended
 * @param boundary of no part; those of the outer and the inner structure end with it: none may begin with another one (RFC 2046 §5.1.1)
 * @throws TypeError for a file that is neither text nor bytes
 */
export async function withFiles(headers: string, content: EmailContent, boundary: string): Promise<Buffer> {
  const { text, html, attachments = [] } = content;
  const inline = attachments.filter(({ cid }) => cid !== undefined);
  const others = attachments.filter(({ cid }) => cid === undefined);
  const page = textPart('text/html', html);
  const shown = inline.length === 0 ? [page] : await multipartOf('related', `r${boundary}`, [page], inline);
  const pieces = [
    `Content-Type: multipart/alternative; boundary="${boundary}"\r\n\r\n--${boundary}\r\n${textPart('text/plain', text)}\r\n--${boundary}\r\n`,
    ...shown,
    `\r\n--${boundary}--\r\n`,
  ];
  const all = others.length === 0 ? pieces : await multipartOf('mixed', `m${boundary}`, pieces, others);
  return Buffer.concat([headers, ...all].map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}

/**
 * The headers that a signature covers where a mail has them: what RFC 6376 §5.4.1 lists, and both headers of a one-click unsubscription, which must be
 * covered (RFC 8058 §4). nodemailer's own list lacks the second one.
 */
const SIGNED_HEADERS = [
  ...['From', 'Sender', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'To', 'Cc', 'MIME-Version', 'Content-Type'],
  ...['Content-Transfer-Encoding', 'In-Reply-To', 'References', 'List-Id', 'List-Help', 'List-Subscribe', 'List-Post'],
  ...['List-Owner', 'List-Archive', 'List-Unsubscribe', 'List-Unsubscribe-Post'],
].join(':');

/** Signs a mail, relaxed in header and body. */
export async function sign(mail: MailData, dkim: DkimOptions): Promise<Buffer> {
  const signer = new DKIM({ ...dkim, headerFieldNames: SIGNED_HEADERS });
  return buffer(signer.sign(mail.length > SLICE_OCTETS ? Readable.from(slices(mail)) : mail));
}

async function* slices(mail: MailData): AsyncGenerator<Buffer> {
  const octets = typeof mail === 'string' ? Buffer.from(mail) : mail;
  for (let from = 0; from < octets.length; from += SLICE_OCTETS) {
    if (from > 0) await nextTurn();
    yield octets.subarray(from, from + SLICE_OCTETS);
  }
}

function multipart(subtype: string, boundary: string, parts: readonly string[]): string {
  const opened = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('');
  return `Content-Type: multipart/${subtype}; boundary="${boundary}"\r\n\r\n${opened}--${boundary}--\r\n`;
}

/** A part with files behind it. @param first its pieces */
async function multipartOf(
  subtype: string,
  boundary: string,
  first: readonly MailData[],
  files: readonly EmailAttachment[],
): Promise<readonly MailData[]> {
  const pieces: MailData[] = [`Content-Type: multipart/${subtype}; boundary="${boundary}"\r\n\r\n--${boundary}\r\n`, ...first];
  for (const file of files) pieces.push(`\r\n--${boundary}\r\n`, ...(await attachmentPart(file)));
  return [...pieces, `\r\n--${boundary}--\r\n`];
}
