import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** How contents are kept. */
export interface CompressionOptions {
  /** Contents of this many characters or more are compressed; 0: none is. */
  readonly minBytes: number;
  /** Of zlib, 1 (fast) to 9 (small). */
  readonly level: number;
}

/**
 * More than any content comes to: 64 KiB of body and 16 KiB of data, every character of them written as `\uXXXX`. What unpacks to more was
 * not written by this store.
 */
const MAX_UNPACKED_BYTES = 1024 * 1024;

/** What is written to `content.json`: the text, or a BLOB of it where that is smaller (RFC 1951; nothing but JSON is ever in it). */
export function pack(json: string, { minBytes, level }: CompressionOptions): string | Uint8Array {
  if (minBytes === 0 || json.length < minBytes) return json;
  const packed = deflateRawSync(json, { level });
  return packed.length < json.length ? packed : json;
}

/** @throws RangeError for what unpacks to more than any content is */
export function unpack(stored: string | Uint8Array): string {
  if (typeof stored === 'string') return stored;
  return inflateRawSync(stored, { maxOutputLength: MAX_UNPACKED_BYTES }).toString();
}
