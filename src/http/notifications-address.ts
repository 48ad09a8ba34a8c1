import { type IncomingHttpHeaders } from 'node:http';
import { hostOf } from './request-origin.js';

/** What both adapters' requests have. */
export interface PageRequest {
  readonly headers: IncomingHttpHeaders;
  readonly protocol: string;
  readonly originalUrl: string;
}

/** A name or an address with a port: nothing that a shell would read as more than a word. */
const PLAIN_HOST = /^[\w.:[\]-]+$/;

/**
 * The address of the notifications as the reader of a page beside them reached it, to be shown in a command.
 *
 * @returns `http://127.0.0.1:3000/notifications` for a page at `http://127.0.0.1:3000/notifications/mailbox?q=x`; undefined when the
 *   request does not say its host
 */
export function notificationsAddress({ headers, protocol, originalUrl }: PageRequest): string | undefined {
  const host = hostOf(headers);
  if (host === undefined || !PLAIN_HOST.test(host)) return undefined;
  const page = `${protocol}://${host}${originalUrl}`;
  return URL.canParse('.', page) ? new URL('.', page).href.replace(/\/$/, '') : undefined;
}
