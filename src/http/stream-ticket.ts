import { createHmac, timingSafeEqual } from 'node:crypto';
import { type StreamScope } from '../transports/sse/sse-address.js';

/** How long a ticket opens a stream when nothing else is asked for, ms. */
export const DEFAULT_TICKET_MS = 10 * 60 * 1_000;
export const MAX_TICKET_MS = 24 * 60 * 60 * 1_000;
/** Fifty topics of a hundred characters, and what base64url adds; Node takes no longer header. */
export const MAX_TICKET_CHARACTERS = 12_000;

/** What a ticket allows, and until when (epoch ms). */
interface Ticket extends StreamScope {
  readonly expiresAt: number;
}

/**
 * A ticket opens the stream of a user, and of topics, until it expires: `claims.signature`, the claims as JSON in base64url and an HMAC-SHA256 under
 * a key made of a secret. A browser's `EventSource` can send no header, and the API token itself has no place in an address.
 */
export function signTicket(secret: string, { expiresAt, user, topics }: Ticket): string {
  const claims = Buffer.from(JSON.stringify([expiresAt, user ?? null, ...topics])).toString('base64url');
  return `${claims}.${signatureOf(secret, claims)}`;
}

/**
 * What a ticket allows; undefined when it is none of these secrets, or has expired. A ticket is compared as text: no other text is the same ticket.
 */
export function readTicket(ticket: string, secrets: readonly string[], now: number): Ticket | undefined {
  const [claims = '', signature] = ticket.split('.', 2);
  if (signature === undefined || !secrets.some((secret) => isSame(ticket, `${claims}.${signatureOf(secret, claims)}`)))
    return undefined;
  // It was signed with one of the secrets, so it is as `signTicket` made it.
  const [expiresAt, user, ...topics] = JSON.parse(Buffer.from(claims, 'base64url').toString()) as [
    number,
    string | null,
    ...string[],
  ];
  return now < expiresAt ? { expiresAt, ...(user === null ? {} : { user }), topics } : undefined;
}

/** Whether a ticket allows all that is asked for. What is for everybody, every ticket allows. */
export function allows(ticket: Ticket, { user, topics }: StreamScope): boolean {
  return (user === undefined || user === ticket.user) && topics.every((topic) => ticket.topics.includes(topic));
}

function isSame(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A key only for tickets: what is signed elsewhere with the same secret is none. */
function signatureOf(secret: string, claims: string): string {
  const key = createHmac('sha256', secret).update('nestjs-digest stream ticket 2').digest();
  return createHmac('sha256', key).update(claims).digest('base64url');
}
