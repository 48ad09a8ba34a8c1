import { lookup } from 'node:dns';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BLOCKED_CODE, guardedLookup, isPrivateAddress } from './address-guard.js';

describe('isPrivateAddress', () => {
  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '2002:7f00:1::',
    '2001::1',
    'fec0::1',
    '3fff::1',
    '3fff:fff:ffff::1',
    '5f00::1',
    '100::1',
    '100:0:0:1::1',
    '2001:db8::1',
    '2620:4f:8000::1',
    '4000::1',
    '192.31.196.1',
    '192.52.193.1',
    '192.175.48.1',
    'localhost',
    '',
  ])('refuses %s', (address) => expect(isPrivateAddress(address)).toBe(true));

  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.32.0.1',
    '192.169.0.1',
    '2606:4700::1111',
    '2001:4860:4860::8888',
    '3fff:1000::1' /* past 3fff::/20 */,
    '2a00:1450:4001::1',
  ])('lets %s pass', (address) => expect(isPrivateAddress(address)).toBe(false));

  it('sees an IPv4 address through every wrapping', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        if (isPrivateAddress(address)) expect(isPrivateAddress(`::ffff:${address}`)).toBe(true);
      }),
    );
  });
});

it('looks up what is connected to, and refuses a name of this machine', async () => {
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => guardedLookup('localhost', { all: true }, resolve));
  expect(error?.code).toBe(BLOCKED_CODE);
  const known = await new Promise<boolean>((resolve) => lookup('localhost', (failure) => resolve(failure === null)));
  expect(known).toBe(true);
});
