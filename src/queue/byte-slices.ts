import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Bytes that are hashed, and characters of base64 that are decoded, in one turn of the event loop: a few milliseconds. */
const SLICE = 1024 * 1024;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Bytes with their SHA-256, hexadecimal. */
export interface HashedBytes {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** How many bytes a text of base64 stands for; undefined when its length is none of base64. */
export function base64Length(text: string): number | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

/** Decodes base64 (RFC 4648 §4: padded, without line breaks), a slice in each turn of the event loop; undefined when it is none. */
export async function decodeBase64(text: string): Promise<HashedBytes | undefined> {
  const length = base64Length(text);
  if (length === undefined) return undefined;
  const bytes = Buffer.allocUnsafeSlow(length);
  const hash = createHash('sha256');
  let written = 0;
  for (let from = 0; from < text.length; from += SLICE) {
    if (from > 0) await nextTurn();
    const slice = text.slice(from, from + SLICE);
    const isLast = from + SLICE >= text.length;
    if (!BASE64.test(slice) || (!isLast && slice.endsWith('='))) return undefined;
    const to = written + bytes.write(slice, written, 'base64');
    hash.update(bytes.subarray(written, to));
    written = to;
  }
  return written === length ? { bytes, sha256: hash.digest('hex') } : undefined;
}

/** Hashes bytes, a slice in each turn of the event loop. Nobody may change them meanwhile. */
export async function hashed(bytes: Uint8Array): Promise<HashedBytes> {
  const hash = createHash('sha256');
  for (let from = 0; from < bytes.length; from += SLICE) {
    if (from > 0) await nextTurn();
    hash.update(bytes.subarray(from, from + SLICE));
  }
  return { bytes, sha256: hash.digest('hex') };
}
