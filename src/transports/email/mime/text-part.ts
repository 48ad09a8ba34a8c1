import { quotedPrintable } from './quoted-printable.js';

/** RFC 5322 §2.1.1. */
const MAX_LINE = 998;
/** What RFC 2045 §2.7 calls 7bit: US-ASCII without NUL; other controls than tab and line ends are not worth the risk. */
const PLAIN = /^[\t\r\n\x20-\x7e]*$/;
const BASE64_LINE = /.{76}/g;

/** A `text/…; charset=utf-8` body part, headers and all, without the CRLF that belongs to the next boundary. */
export function textPart(type: 'text/plain' | 'text/html', content: string): string {
  const text = withCrlf(content);
  const headers = `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: `;
  if (PLAIN.test(text)) {
    return hasShortLines(text) ? `${headers}7bit\r\n\r\n${text}` : `${headers}quoted-printable\r\n\r\n${quotedPrintable(text)}`;
  }
  const bytes = Buffer.byteLength(text);
  // A character of two bytes costs 6 quoted and 2.7 in base64: from a fifth of such bytes on base64 is shorter.
  if ((bytes - text.length) * 4 < bytes) return `${headers}quoted-printable\r\n\r\n${quotedPrintable(text)}`;
  const encoded = Buffer.from(text, 'utf8').toString('base64').replace(BASE64_LINE, '$&\r\n');
  return `${headers}base64\r\n\r\n${encoded}`;
}

function withCrlf(text: string): string {
  if (text.includes('\r')) return text.replace(/\r\n|\r|\n/g, '\r\n');
  return text.replaceAll('\n', '\r\n');
}

function hasShortLines(text: string): boolean {
  let start = 0;
  for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n', start)) {
    if (end - start > MAX_LINE) return false;
    start = end + 2;
  }
  return text.length - start <= MAX_LINE;
}
