/** RFC 2045 §6.7 rule 5: an encoded line has at most 76 characters, the soft line break's `=` among them. */
const MAX_LINE = 76;
const EQUALS = 0x3d;
const TAB = 0x09;
const SPACE = 0x20;
const CR = 0x0d;
const LF = 0x0a;
const HEX = Buffer.from('0123456789ABCDEF', 'latin1');

/** Whether a byte stands for itself wherever it is (RFC 2045 §6.7 rule 2). Spaces and tabs do, except at the end of a line (rule 3). */
const LITERAL = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 33 && byte <= 126 && byte !== EQUALS ? 1 : 0));

/** @param text with CRLF line ends */
export function quotedPrintable(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  const out = Buffer.allocUnsafe(bytes.length * 3 + Math.ceil((bytes.length * 3) / (MAX_LINE - 3)) * 3 + 3);
  let length = 0;
  let column = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (LITERAL[byte] === 1 && column < MAX_LINE - 1) {
      out[length++] = byte;
      column++;
      continue;
    }
    if (byte === CR && bytes[at + 1] === LF) {
      out[length++] = CR;
      out[length++] = LF;
      column = 0;
      at++;
      continue;
    }
    const blank = (byte === SPACE || byte === TAB) && !endsLine(bytes, at + 1);
    const literal = LITERAL[byte] === 1 || blank;
    const width = literal ? 1 : 3;
    // Whatever is last on its line may use the room of the soft line break's `=`; so little is not worth the looking.
    if (column + width > MAX_LINE - 1) {
      out[length++] = EQUALS;
      out[length++] = CR;
      out[length++] = LF;
      column = 0;
    }
    if (literal) {
      out[length++] = byte;
    } else {
      out[length++] = EQUALS;
      out[length++] = HEX[byte >> 4] ?? 0;
      out[length++] = HEX[byte & 15] ?? 0;
    }
    column += width;
  }
  return out.toString('latin1', 0, length);
}

function endsLine(bytes: Buffer, at: number): boolean {
  return at >= bytes.length || (bytes[at] === CR && bytes[at + 1] === LF);
}
