import { hash } from 'node:crypto';

/** 128 bits of SHA-256 as 32 hexadecimal digits: what keys of any length are found by. */
export function textHash(text: string): string {
  return hash('sha256', text).slice(0, 32);
}
