import { buildHeaderValue, detectMimeType, foldLines } from 'nodemailer/lib/mime-funcs';
import { type EmailAttachment } from '../email-content.js';
import { type SlicedData } from '../mail-data.js';
import { Base64Lines } from './base64-lines.js';

/** RFC 5322 §2.1.1. */
const LINE = 76;
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;
/** Without what would end the header, or begin a part that must not be base64 (RFC 2045 §6.4). */
const CONTENT_TYPE = /^(?!multipart\/|message\/)[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+(?:;[ -~]*)?$/i;
const UNKNOWN_TYPE = 'application/octet-stream';

/**
 * A body part with a file, headers and all, without the CRLF that belongs to the next boundary. Its name is written in ASCII (RFC 2231).
 *
 * @throws TypeError for content that is neither text nor bytes
 */
export function attachmentPart(attachment: EmailAttachment): readonly [head: string, body: SlicedData] {
  const { content, cid } = attachment;
  if (typeof content !== 'string' && !(content instanceof Uint8Array))
    throw new TypeError('the content of an attachment must be text or bytes');
  const name = attachment.filename.replace(CONTROLS, ' ').trim();
  const headers = [
    `Content-Type: ${buildHeaderValue({ value: typeOf(attachment, name), params: { name } })}`,
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: ${buildHeaderValue({ value: cid === undefined ? 'attachment' : 'inline', params: { filename: name } })}`,
    ...(cid === undefined ? [] : [`Content-ID: <${cid.replace(/[^\x21-\x3b\x3d\x3f-\x7e]/g, '')}>`]),
  ];
  const body = new Base64Lines(typeof content === 'string' ? Buffer.from(content) : content);
  return [`${headers.map((header) => foldLines(header, LINE)).join('\r\n')}\r\n\r\n`, body];
}

function typeOf({ contentType, content }: EmailAttachment, name: string): string {
  const type = contentType ?? detectMimeType(/\.([^.]*)$/.exec(name)?.[1] ?? '');
  if (!CONTENT_TYPE.test(type)) return UNKNOWN_TYPE;
  return typeof content === 'string' && /^text\/[^;]*$/i.test(type) ? `${type}; charset=utf-8` : type;
}
