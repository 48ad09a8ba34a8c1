import { createHmac, timingSafeEqual } from 'node:crypto';

/** How long a ticket opens a stream when nothing else is asked for, ms. */
export const DEFAULT_TICKET_MS = 10 * 60 * 1_000;
export const MAX_TICKET_MS = 24 * 60 * 60 * 1_000;

/**
 * A ticket opens one user's stream until it expires: `expiry.signature`, an HMAC-SHA256 under a key made of the API token. A browser's
 * `EventSource` can send no header, and the API token itself has no place in an address.
 */
export function signTicket(apiToken: string, user: string, expiresAt: number): string {
  return `${expiresAt.toString(36)}.${signature(apiToken, user, expiresAt)}`;
}

/** A ticket is compared as text: its expiry and its signature have one form each, so that no other text is the same ticket. */
export function isTicketFor(ticket: string, apiToken: string, user: string, now: number): boolean {
  const match = /^([1-9a-z][0-9a-z]{0,10}|0)\.[A-Za-z0-9_-]{43}$/.exec(ticket);
  if (match === null) return false;
  const expiresAt = parseInt(match[1] ?? '', 36);
  const given = Buffer.from(ticket);
  const right = Buffer.from(signTicket(apiToken, user, expiresAt));
  return given.length === right.length && timingSafeEqual(given, right) && now < expiresAt;
}

function signature(apiToken: string, user: string, expiresAt: number): string {
  const key = createHmac('sha256', apiToken).update('nestjs-digest stream ticket').digest();
  return createHmac('sha256', key).update(`${expiresAt}\n${user}`).digest('base64url');
}
