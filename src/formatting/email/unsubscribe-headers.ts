/**
 * The address where a reader ends their subscription; undefined when there is none.
 *
 * @param template an `https:` or `mailto:` address in which `{address}` stands for the reader's
 */
export function unsubscribeUrl(template: string | undefined, address: string): string | undefined {
  return template?.replaceAll('{address}', encodeURIComponent(address)).replace(/[\s<>]/g, encodeURIComponent);
}

/**
 * `List-Unsubscribe` (RFC 2369 §3.2), and for an `https:` address the one-click header that mail providers ask for (RFC 8058
 * §3.1, which allows no other scheme).
 *
 * @param template as for `unsubscribeUrl`
 */
export function unsubscribeHeaders(template: string | undefined, address: string): Readonly<Record<string, string>> {
  const url = unsubscribeUrl(template, address);
  if (url === undefined) return {};
  const oneClick = /^https:/i.test(url) ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {};
  return { 'List-Unsubscribe': `<${url}>`, ...oneClick };
}
