import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Whether an `Authorization` header has the token: as `Bearer` (RFC 6750 §2.1), or as the password of `Basic` with any user
 * (RFC 7617), which is what a browser can send. Takes the same time whatever the header holds: hashes of equal length are compared.
 */
export function hasApiToken(header: string | undefined, apiToken: string): boolean {
  return timingSafeEqual(sha256(credentialOf(header ?? '')), sha256(apiToken));
}

/**
 * What a caller without the token is told to send, each challenge in its own header line: Chromium reads one challenge a line, and
 * asks for a password only when that is `Basic` (https://github.com/hapijs/basic/issues/57).
 */
export const CHALLENGES: readonly string[] = ['Bearer realm="notifications"', 'Basic realm="notifications", charset="UTF-8"'];

export const HOW_TO_AUTHENTICATE =
  'send the API token: Authorization: Bearer <API_TOKEN>, or in a browser any user name with the token as the password';

function credentialOf(header: string): string {
  const space = header.indexOf(' ');
  const scheme = header.slice(0, space).toLowerCase();
  const value = header.slice(space + 1).trim();
  if (scheme === 'bearer') return value;
  if (scheme !== 'basic') return '';
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
