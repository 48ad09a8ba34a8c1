import { quotedPrintable } from './quoted-printable.js';

/** RFC 5322 §2.1.1. */
const MAX_LINE = 998;
/**
 * What 7bit has not: controls other than tab and line ends (RFC 2045 §2.7 forbids NUL; the others are not worth the risk), and what is not ASCII. Two
 * small classes, which V8 looks for many characters at a time.
 */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const LOW_CONTROL = /[\0-\x08\x0b\x0c\x0e\x0f]/;
// eslint-disable-next-line no-control-regex -- they are what is looked for
const NOT_ASCII = /[\x10-\x1f\x7f-\uffff]/;
const BASE64_LINE = /.{76}/g;

/** A `text/…; charset=utf-8` body part, headers and all, without the CRLF that belongs to the next boundary. */
export function textPart(type: 'text/plain' | 'text/html', content: string): string {
  const text = withCrlf(content);
  const headers = `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: `;
  if (!NOT_ASCII.test(text) && !LOW_CONTROL.test(text)) {
    return hasShortLines(text) ? `${headers}7bit\r\n\r\n${text}` : `${headers}quoted-printable\r\n\r\n${quotedPrintable(text)}`;
  }
  const bytes = Buffer.byteLength(text);
  // A character of two bytes costs 6 quoted and 2.7 in base64: from a fifth of such bytes on base64 is shorter.
  if ((bytes - text.length) * 4 < bytes) return `${headers}quoted-printable\r\n\r\n${quotedPrintable(text)}`;
  const encoded = Buffer.from(text, 'utf8').toString('base64').replace(BASE64_LINE, '$&\r\n');
  return `${headers}base64\r\n\r\n${encoded}`;
}

function withCrlf(text: string): string {
  return text.replace(text.includes('\r') ? /\r\n|\r|\n/g : /\n/g, '\r\n');
}

function hasShortLines(text: string): boolean {
  let start = 0;
  // Of one character, as no line feed stands alone: it is found faster.
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    if (end - 1 - start > MAX_LINE) return false;
    start = end + 1;
  }
  return text.length - start <= MAX_LINE;
}
