/** The octets of a whole message, lines ended by CRLF, the last one's too: a text that is sent as UTF-8, or the octets themselves. */
export type MailData = string | Buffer;

/** Octets on the wire. */
export function octetsOf(data: MailData): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length;
}

/** With a second dot before each dot that begins a line, as `DATA` requires it (RFC 5321 §4.5.2); `BDAT` does not (RFC 3030 §2). */
export function dotStuffed(data: MailData): MailData {
  if (typeof data === 'string') return data.includes('\n.') ? data.replaceAll('\n.', '\n..') : data;
  return data.includes('\n.') ? Buffer.from(data.toString('latin1').replaceAll('\n.', '\n..'), 'latin1') : data;
}

/** One after the other, for one write. */
export function joined(pieces: readonly MailData[]): MailData {
  let text = '';
  for (const piece of pieces) {
    if (typeof piece !== 'string')
      return Buffer.concat(pieces.map((each) => (typeof each === 'string' ? Buffer.from(each) : each)));
    text += piece;
  }
  return text;
}
