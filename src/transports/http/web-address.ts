import { isIP } from 'node:net';
import { isPrivateAddress } from './address-guard.js';

/** Ports of `https:` receivers; others belong to other services (RFC 6335 §6), which nobody is to be made to call. */
const WEB_PORTS: readonly number[] = [443, 8443];

/** The URL parser drops or replaces these, so that one receiver would have several addresses (WHATWG URL, "basic URL parser"). */
const DROPPED = /[\p{Cc}\p{Z}\\]/u;

/**
 * Why an address is none that may be called; undefined when it is one.
 *
 * @param allowPrivate lets `http:`, every port and private addresses pass
 */
export function webAddressProblem(address: string, allowPrivate: boolean): string | undefined {
  if (DROPPED.test(address)) return 'must have no space, control character or backslash in it';
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const allowed = allowPrivate ? ['https:', 'http:'] : ['https:'];
  if (url === undefined || !allowed.includes(url.protocol))
    return `must be an address that begins with ${allowed.join('// or ')}//`;
  if (url.username !== '' || url.password !== '') return 'must have no user and password in it';
  if (allowPrivate) return undefined;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 && isPrivateAddress(host)) return 'must be of the public internet';
  if (url.port !== '' && !WEB_PORTS.includes(Number(url.port))) return `must have one of the ports ${WEB_PORTS.join(', ')}`;
  return undefined;
}

/** The form in which a valid address is stored and compared: as the URL standard writes it, without a fragment, which is never sent. */
export function canonicalWebAddress(address: string): string {
  const url = new URL(address);
  url.hash = '';
  return url.href;
}

/** The receiver behind an address: host and port. */
export function webReceiver(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).host : undefined;
}
