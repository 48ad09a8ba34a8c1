import { lookup as lookupHost, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * IPv4 space that is not of the public internet: the IANA IPv4 Special-Purpose Address Registry (RFC 6890; with its AS112 and AMT blocks, which
 * are nobody's web server), multicast (RFC 5771) and reserved space.
 */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/**
 * IPv6: all but 2000::/3, the only space that IANA hands out as global unicast (RFC 4291 §2.4, IANA IPv6 Address Space). That leaves out
 * loopback, mapped IPv4, NAT64 (64:ff9b::/96), discard (100::/64), SRv6 SIDs (5f00::/16), unique local, link-local, site-local (fec0::/10)
 * and multicast. Within it: the IANA IPv6 Special-Purpose Address Registry (with Teredo, documentation and 6to4) and the former 6bone.
 */
const PRIVATE_V6: readonly (readonly [string, number])[] = [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3ffe::', 16],
  ['3fff::', 20],
];

// Two lists: in one, an IPv4 address is looked for among the mapped ones too.
const blockedV4 = new BlockList();
const blockedV6 = new BlockList();
for (const [address, prefix] of PRIVATE_V4) blockedV4.addSubnet(address, prefix, 'ipv4');
for (const [address, prefix] of PRIVATE_V6) blockedV6.addSubnet(address, prefix, 'ipv6');

/** Whether an address is not one of the public internet. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  return family === 6 ? blockedV6.check(address, 'ipv6') : blockedV4.check(address, 'ipv4');
}

/** `code` of the error of a connection that the guard refused. */
export const BLOCKED_CODE = 'EBLOCKED';

class BlockedAddressError extends Error {
  readonly code = BLOCKED_CODE;
}

/**
 * Looks a host up and lets only public addresses be connected to. It is asked at every connection, and what it answers is what is
 * connected to: a name that answers otherwise later does not get past it.
 */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookupHost(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const found = error === null ? addresses.filter(({ address }) => !isPrivateAddress(address)) : [];
    const [first] = found;
    if (error !== null) callback(error, '', 0);
    else if (first === undefined) callback(new BlockedAddressError('the host has no public address'), '', 0);
    else if (options.all === true) callback(null, found);
    else callback(null, first.address, first.family);
  });
};
