import { MAX_SLICE_OCTETS, type SlicedData } from '../mail-data.js';

/** RFC 2045 §6.8: a line has at most 76 characters, which stand for 57 bytes. */
const LINE_BYTES = 57;
const LINE_CHARACTERS = 76;
const CRLF = 0x0d0a;
/** Bytes that are encoded at a time. */
const SLICE_BYTES = Math.floor(MAX_SLICE_OCTETS / (LINE_CHARACTERS + 2)) * LINE_BYTES;

/** Bytes in base64, in lines, the last one without its end. They are encoded as they are asked for: what is in memory is the bytes and one slice. */
export class Base64Lines implements SlicedData {
  readonly octets: number;
  private readonly source: Buffer;

  constructor(bytes: Uint8Array) {
    this.source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.octets = encodedLength(bytes.length);
  }

  *slices(): Generator<Buffer> {
    for (let from = 0; from < this.source.length; from += SLICE_BYTES) {
      yield this.slice(from, Math.min(from + SLICE_BYTES, this.source.length));
    }
  }

  private slice(from: number, until: number): Buffer {
    const isFirst = from === 0;
    const encoded = Buffer.allocUnsafeSlow(encodedLength(until - from) + (isFirst ? 0 : 2));
    let at = 0;
    for (let line = from; line < until; line += LINE_BYTES) {
      if (line > 0) at = encoded.writeUInt16BE(CRLF, at);
      at += encoded.write(this.source.toString('base64', line, Math.min(line + LINE_BYTES, until)), at, 'latin1');
    }
    return encoded;
  }
}

function encodedLength(bytes: number): number {
  const characters = Math.ceil(bytes / 3) * 4;
  return characters + 2 * (Math.max(1, Math.ceil(characters / LINE_CHARACTERS)) - 1);
}
