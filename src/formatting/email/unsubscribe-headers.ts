import { type UnsubscribeLink } from './unsubscribe-link.js';

/** Longest address in a header: a line has at most 998 characters (RFC 5322 §2.1.1), and an address cannot be folded. */
const MAX_URL_CHARACTERS = 900;

/**
 * `List-Unsubscribe` (RFC 2369 §3.2), and where the address acts on a POST the one-click header that mail providers ask for (RFC 8058 §3.1). A link
 * that is too long for a header stands only in the mail.
 */
export function unsubscribeHeaders(link: UnsubscribeLink | undefined): Readonly<Record<string, string>> {
  if (link === undefined || link.url.length > MAX_URL_CHARACTERS) return {};
  const oneClick = link.isOneClick ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {};
  return { 'List-Unsubscribe': `<${link.url}>`, ...oneClick };
}
