import { quotedPrintable } from './quoted-printable.js';

/** RFC 5322 §2.1.1. */
const MAX_LINE = 998;
/** Controls other than tab and line ends. Two small classes, which V8 looks for many characters at a time. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const LOW_CONTROL = /[\0-\x08\x0b\x0c\x0e\x0f\x7f]/;
// eslint-disable-next-line no-control-regex -- they are what is looked for
const HIGH_CONTROL = /[\x10-\x1f]/;
const BASE64_LINE = /.{76}/g;

/** A `text/…; charset=utf-8` body part, headers and all, without the CRLF that belongs to the next boundary. */
export function textPart(type: 'text/plain' | 'text/html', content: string): string {
  const text = withCrlf(content);
  const headers = `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: `;
  const bytes = Buffer.byteLength(text);
  if (bytes === text.length && isPlain(text)) {
    return hasShortLines(text) ? `${headers}7bit\r\n\r\n${text}` : `${headers}quoted-printable\r\n\r\n${quotedPrintable(text)}`;
  }
  // A character of two bytes costs 6 quoted and 2.7 in base64: from a fifth of such bytes on base64 is shorter.
  if ((bytes - text.length) * 4 < bytes) return `${headers}quoted-printable\r\n\r\n${quotedPrintable(text)}`;
  const encoded = Buffer.from(text, 'utf8').toString('base64').replace(BASE64_LINE, '$&\r\n');
  return `${headers}base64\r\n\r\n${encoded}`;
}

/** Of ASCII, what RFC 2045 §2.7 calls 7bit, which has no NUL; the other controls are not worth the risk. */
function isPlain(ascii: string): boolean {
  return !LOW_CONTROL.test(ascii) && !HIGH_CONTROL.test(ascii);
}

function withCrlf(text: string): string {
  return text.replace(text.includes('\r') ? /\r\n|\r|\n/g : /\n/g, '\r\n');
}

function hasShortLines(text: string): boolean {
  let start = 0;
  for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n', start)) {
    if (end - start > MAX_LINE) return false;
    start = end + 2;
  }
  return text.length - start <= MAX_LINE;
}
