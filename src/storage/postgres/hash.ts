import { hash } from 'node:crypto';

/** 128 bits of SHA-256 as a `uuid`: what keys of any length are found by. */
export function hashOf(text: string): string {
  return hash('sha256', text).slice(0, 32);
}

/** 52 bits of it as a number. */
export function numberHash(text: string): number {
  return parseInt(hash('sha256', text).slice(0, 13), 16);
}

/** A `uuid` as the server writes it, as `hashOf` does. */
export function plainHash(uuid: string): string {
  return uuid.replaceAll('-', '');
}
