import { setImmediate as nextTurn } from 'node:timers/promises';

/** RFC 2045 §6.8: a line has at most 76 characters, which stand for 57 bytes. */
const LINE_BYTES = 57;
const LINE_CHARACTERS = 76;
/** Bytes that are encoded in one turn of the event loop, about 256 KiB: a few milliseconds. */
const SLICE_BYTES = 4_600 * LINE_BYTES;
const CRLF = 0x0d0a;

/** Bytes in base64, in lines, the last one without its end. Many bytes take several turns of the event loop. */
export async function base64Lines(bytes: Uint8Array): Promise<Buffer> {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const characters = Math.ceil(source.length / 3) * 4;
  const lines = Math.max(1, Math.ceil(characters / LINE_CHARACTERS));
  const encoded = Buffer.allocUnsafeSlow(characters + 2 * (lines - 1));
  let at = 0;
  for (let from = 0; from < source.length; from += SLICE_BYTES) {
    if (from > 0) await nextTurn();
    const until = Math.min(from + SLICE_BYTES, source.length);
    for (let line = from; line < until; line += LINE_BYTES) {
      if (line > 0) at = encoded.writeUInt16BE(CRLF, at);
      at += encoded.write(source.toString('base64', line, Math.min(line + LINE_BYTES, until)), at, 'latin1');
    }
  }
  return encoded;
}
