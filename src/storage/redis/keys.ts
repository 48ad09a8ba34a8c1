import { hash } from 'node:crypto';

/** Characters of an id in an index: those of one address or score stand in the order of their ids. */
const ID_CHARACTERS = 9;
/** Rows that one hash holds: what a key costs is shared by so many. */
const BUCKET = 64;

/** Ends an address within a member of an index: no address has it. */
export const ADDRESS_END = '\0';

/** Of a row of `m:` or `d:`, its hash and its field. */
export function rowAt(kind: 'm' | 'd', id: number): readonly [key: string, field: string] {
  return [`${kind}:${Math.floor(id / BUCKET)}`, String(id % BUCKET)];
}

/** The hash of deliveries that a number of `db` names. */
export function bucketKey(bucket: number): string {
  return `d:${bucket}`;
}

/** The number of the hash that a delivery stands in. */
export function bucketOf(id: number): number {
  return Math.floor(id / BUCKET);
}

/** The id of a row of a hash of deliveries. */
export function idInBucket(bucket: number, field: string): number {
  return bucket * BUCKET + Number(field);
}

/** An id as a member of an index. */
export function padded(id: number): string {
  return id.toString(36).padStart(ID_CHARACTERS, '0');
}

/** The id that a member of an index ends with. */
export function idOf(member: string): number {
  return parseInt(member.slice(-ID_CHARACTERS), 36);
}

/** 96 bits of SHA-256: what keys of any length are found by. */
export function hashOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 16);
}

/** The members of an address in `at:CHANNEL`: what is pending, or what is over. */
export function addressRange(address: string, kind?: 'p' | 'f'): readonly [min: string, max: string] {
  const start = `${address}${ADDRESS_END}`;
  if (kind === undefined) return [`[${start}`, `(${address}\x01`];
  return [`[${start}${kind}`, `(${start}${kind}~`];
}
