import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import DKIM from 'nodemailer/lib/dkim';
import { type DkimOptions } from '../../config/options.js';
import { type EmailAttachment, type EmailContent } from './email-content.js';
import { cut, type MailData, MAX_SLICE_OCTETS, octetsOf, PiecedData, type SlicedData } from './mail-data.js';
import { attachmentPart } from './mime/attachment-part.js';
import { textPart } from './mime/text-part.js';

/** Longer than the header of a signature, which names about twenty headers and has some hundred octets of base64. */
const MAX_SIGNATURE_OCTETS = 8 * 1024;

/** Text and HTML, text first (RFC 2046 §5.1.4). */
export function alternative({ text, html }: Pick<EmailContent, 'text' | 'html'>, boundary: string): string {
  return multipart('alternative', boundary, [textPart('text/plain', text), textPart('text/html', html)]);
}

/**
 * The same with files: those with a `cid` stand beside the HTML (RFC 2387), the others behind all (RFC 2046 §5.1.3). The files are encoded as the
 * mail is written.
 *
 * @param headers all others of the mail, whose lines are ended
 * @param boundary of no part; those of the outer and the inner structure end with it: none may begin with another one (RFC 2046 §5.1.1)
 * @throws TypeError for a file that is neither text nor bytes
 */
export function withFiles(headers: string, content: EmailContent, boundary: string): SlicedData {
  const { text, html, attachments = [] } = content;
  const inline = attachments.filter(({ cid }) => cid !== undefined);
  const others = attachments.filter(({ cid }) => cid === undefined);
  const page = textPart('text/html', html);
  const shown = inline.length === 0 ? [page] : multipartOf('related', `r${boundary}`, [page], inline);
  const pieces = [
    `Content-Type: multipart/alternative; boundary="${boundary}"\r\n\r\n--${boundary}\r\n${textPart('text/plain', text)}\r\n--${boundary}\r\n`,
    ...shown,
    `\r\n--${boundary}--\r\n`,
  ];
  const all = others.length === 0 ? pieces : multipartOf('mixed', `m${boundary}`, pieces, others);
  return new PiecedData([headers, ...all]);
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

/** Signs a mail, relaxed in header and body. Of what the signer answers only its header is kept: behind it the mail stands as it was given. */
export async function sign(mail: MailData, dkim: DkimOptions): Promise<MailData> {
  const signer = new DKIM({ ...dkim, headerFieldNames: SIGNED_HEADERS });
  const isShort = typeof mail === 'string' && mail.length <= MAX_SLICE_OCTETS;
  let octets = 0;
  const begin: Buffer[] = [];
  for await (const chunk of signer.sign(isShort ? mail : Readable.from(inTurns(mail))) as AsyncIterable<Buffer>) {
    if (octets < MAX_SIGNATURE_OCTETS) begin.push(chunk);
    octets += chunk.length;
  }
  const signature = Buffer.concat(begin).toString('latin1', 0, octets - octetsOf(mail));
  return typeof mail === 'string' ? signature + mail : new PiecedData([signature, mail]);
}

async function* inTurns(mail: MailData): AsyncGenerator<Buffer> {
  for (const slice of typeof mail === 'string' ? cut(mail) : mail.slices()) {
    yield slice;
    await nextTurn();
  }
}

function multipart(subtype: string, boundary: string, parts: readonly string[]): string {
  const opened = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('');
  return `Content-Type: multipart/${subtype}; boundary="${boundary}"\r\n\r\n${opened}--${boundary}--\r\n`;
}

/** A part with files behind it. @param first its pieces */
function multipartOf(
  subtype: string,
  boundary: string,
  first: readonly MailData[],
  files: readonly EmailAttachment[],
): readonly MailData[] {
  const pieces: MailData[] = [`Content-Type: multipart/${subtype}; boundary="${boundary}"\r\n\r\n--${boundary}\r\n`, ...first];
  for (const file of files) pieces.push(`\r\n--${boundary}\r\n`, ...attachmentPart(file));
  return [...pieces, `\r\n--${boundary}--\r\n`];
}
