/** RFC 5322 §2.1.1: a line should have at most 78 characters and must have at most 998; RFC 2047 §2: 76 with an encoded word. */
const FOLD_AT = 76;
const MAX_LINE = 998;
/** `=?UTF-8?B?` and `?=`. */
const WORD_FRAME = 12;
/** RFC 2047 §2: an encoded word has at most 75 characters. */
const MAX_WORD = 75;

const PRINTABLE = /^[\x20-\x7e]*$/;
/** Nothing that ends a line, and no other control character, is ever part of a header. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;
/** RFC 5322 §3.2.3. */
const ATOMS = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*$/;

/** A header line (folded, with its CRLF) of free text. */
export function textHeader(name: string, value: string): string {
  const text = (PRINTABLE.test(value) ? value : value.replace(CONTROLS, ' ')).trim();
  if (PRINTABLE.test(text) && !text.includes('=?')) {
    const folded = fold(name.length + 2, text);
    if (folded !== undefined) return `${name}: ${folded}\r\n`;
  }
  return `${name}: ${encodedWords(name.length + 2, text)}\r\n`;
}

/** A header line of one mailbox: `Ann <ann@example.com>`, or only the address. */
export function mailboxHeader(name: string, displayName: string, address: string): string {
  const shown = displayName.replace(CONTROLS, ' ').trim();
  if (shown === '') return `${name}: ${address}\r\n`;
  const phrase =
    PRINTABLE.test(shown) && !shown.includes('=?') && shown.length <= MAX_WORD
      ? ATOMS.test(shown)
        ? shown
        : `"${shown.replace(/["\\]/g, '\\$&')}"`
      : encodedWords(name.length + 2, shown);
  return `${name}: ${phrase}\r\n <${address}>\r\n`;
}

/** Breaks lines before spaces; undefined when a word is too long for any line. */
function fold(used: number, text: string): string | undefined {
  if (used + text.length <= FOLD_AT) return text;
  let folded = '';
  let column = used;
  for (const [piece] of text.matchAll(/\s*\S+/g)) {
    if (piece.length > MAX_LINE - used) return undefined;
    if (folded !== '' && column + piece.length > FOLD_AT) {
      folded += '\r\n';
      column = 0;
    }
    folded += piece;
    column += piece.length;
  }
  return folded;
}

/** RFC 2047 §4.1 `B` words, cut between characters, one a line. */
function encodedWords(used: number, text: string): string {
  const words: string[] = [];
  let room = bytesFor(FOLD_AT - used);
  let chunk = '';
  let bytes = 0;
  const flush = (): void => {
    words.push(`=?UTF-8?B?${Buffer.from(chunk, 'utf8').toString('base64')}?=`);
    chunk = '';
    bytes = 0;
    room = bytesFor(FOLD_AT - 1);
  };
  for (const character of text) {
    const size = Buffer.byteLength(character);
    if (bytes > 0 && bytes + size > room) flush();
    chunk += character;
    bytes += size;
  }
  if (chunk !== '') flush();
  return words.join('\r\n ');
}

/** Bytes that fit, in base64, into an encoded word of so many characters. */
function bytesFor(characters: number): number {
  return Math.max(3, Math.floor((Math.min(MAX_WORD, characters) - WORD_FRAME) / 4) * 3);
}
