import { lookup as lookupHost, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** What is not of the public internet: IANA's special-purpose registries (RFC 6890), multicast and reserved space. */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Those of IPv6, and those in which an IPv4 address is wrapped: mapped, NAT64, 6to4, Teredo. */
const PRIVATE_V6: readonly (readonly [string, number])[] = [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
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

export class BlockedAddressError extends Error {
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
