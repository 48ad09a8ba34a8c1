import { domainToASCII } from 'node:url';
import { addressOf, domainOf } from './email-address.js';

/**
 * The `Message-ID` of a message: the same on every attempt, so that a receiver can tell a repeat (RFC 5322 §3.6.4).
 *
 * @param from the sender as configured, `ann@example.com` or `Ann <ann@example.com>`
 */
export function messageIdHeader(messageId: string, from: string): string {
  return messageIdAt(messageId, messageIdDomain(from));
}

/** The part behind the @, which is the same for all mails of a sender. */
export function messageIdDomain(from: string): string {
  const domain = domainOf(addressOf(from));
  return domain.startsWith('[') ? domain : domainToASCII(domain) || 'localhost';
}

export function messageIdAt(messageId: string, domain: string): string {
  return `<${messageId.replace(/[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]/g, '-')}@${domain}>`;
}
