import { type IncomingHttpHeaders } from 'node:http';

/** Methods that change nothing (RFC 9110 §9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** The user's own doing, an address typed in for example. */
const NOT_FROM_ANOTHER_PAGE: ReadonlySet<string | undefined> = new Set([undefined, 'none']);

/** What a WebSocket upgrade or a request is checked by. */
export interface OriginRules {
  /** Names that `Host` may have, with or without a port; undefined: every name. In lower case. */
  readonly hosts?: readonly string[] | undefined;
  /** Origins besides the request's own that may change something. */
  readonly origins: readonly string[];
}

/**
 * Why a request may not be served under its `Host`; undefined when it may. A page whose name was rebound to this machine has the
 * same origin as the application in the eyes of the browser, and is told only by the name.
 */
export function hostProblem(headers: IncomingHttpHeaders, { hosts }: OriginRules): string | undefined {
  if (hosts === undefined) return undefined;
  const host = hostOf(headers)?.toLowerCase();
  if (host !== undefined && (hosts.includes(host) || hosts.includes(host.replace(/:\d+$/, '')))) return undefined;
  return `the Host ${JSON.stringify(host ?? '')} is not served here; served are ${hosts.join(', ')}`;
}

/**
 * Why a page may not do this; undefined when it may, and for a request that changes nothing or comes from no page. A browser adds a
 * stored `Basic` password to the requests of every page. `Sec-Fetch-Site` (https://www.w3.org/TR/fetch-metadata/) is sent to `https:`
 * and only loopback origins, `Origin` (RFC 6454 §7) with every method that changes something.
 */
export function originProblem(method: string, headers: IncomingHttpHeaders, rules: OriginRules): string | undefined {
  if (SAFE_METHODS.has(method)) return undefined;
  return pageProblem(headers, rules);
}

/** The same for a request that changes something whatever its method is, a WebSocket upgrade for example. */
export function pageProblem(headers: IncomingHttpHeaders, { origins }: OriginRules): string | undefined {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin') return undefined;
  if (origin !== undefined && origins.includes(origin)) return undefined;
  const isOwn = origin === undefined || isOriginOf(origin, hostOf(headers));
  if (isOwn && NOT_FROM_ANOTHER_PAGE.has(site)) return undefined;
  return `a page of another origin (${JSON.stringify(origin ?? site)}) may not do this; the option http.origins lists those that may`;
}

/** Whether an origin is the one of a host, whatever the scheme: a proxy may have ended TLS. */
function isOriginOf(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  const own = `${page.protocol}//${host}`;
  return URL.canParse(own) && page.host !== '' && new URL(own).host === page.host;
}

/** HTTP/2 has it as a pseudo-header (RFC 9113 §8.3.1). */
export function hostOf(headers: IncomingHttpHeaders): string | undefined {
  const authority = headers[':authority'];
  return headers.host ?? (typeof authority === 'string' ? authority : undefined);
}
