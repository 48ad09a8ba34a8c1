/**
 * `List-Unsubscribe` (RFC 2369 §3.2), and for an `https:` address the one-click header that mail providers ask for (RFC 8058
 * §3.1, which allows no other scheme).
 *
 * @param template an `https:` or `mailto:` address in which `{address}` stands for the reader's
 */
export function unsubscribeHeaders(template: string | undefined, address: string): Readonly<Record<string, string>> {
  if (template === undefined) return {};
  const url = template.replaceAll('{address}', encodeURIComponent(address)).replace(/[\s<>]/g, encodeURIComponent);
  const oneClick = /^https:/i.test(url) ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {};
  return { 'List-Unsubscribe': `<${url}>`, ...oneClick };
}
