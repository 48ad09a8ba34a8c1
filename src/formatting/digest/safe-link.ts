import { type JsonObject } from '../../model/notification.js';

const MAX_LINK_CHARACTERS = 2048;
const PROTOCOLS: ReadonlySet<string> = new Set(['https:', 'http:', 'mailto:']);

/** The link of a notification, `data.url`, when it is one that may stand in a message: `https:`, `http:` or `mailto:`. */
export function safeLink(data: JsonObject | undefined): string | undefined {
  const url = data?.['url'];
  if (typeof url !== 'string' || url.length > MAX_LINK_CHARACTERS) return undefined;
  const parsed = URL.parse(url);
  return parsed !== null && PROTOCOLS.has(parsed.protocol) ? parsed.href : undefined;
}
