import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalWebAddress, webAddressProblem } from './web-address.js';

describe('webAddressProblem', () => {
  it.each([
    ['https://example.com/\r\nX: y', /control character/],
    ['https://exa\tmple.com/', /control character/],
    [' https://example.com/', /space/],
    ['https:\\\\example.com', /backslash/],
    ['http://example.com/', /begins with https/],
    ['https://u:p@example.com/', /no user/],
    ['https://example.com:22/', /ports 443, 8443/],
    ['https://example.com:80/', /ports 443, 8443/],
    ['https://[fec0::1]/', /public internet/],
    ['https://2130706433/', /public internet/],
    ['https://0x7f.1/', /public internet/],
  ])('refuses %j', (address, why) => expect(webAddressProblem(address, false)).toMatch(why));

  it.each(['https://example.com', 'https://example.com:443/x', 'https://example.com:8443/', 'https://[2606:4700::1111]/?a=b#c'])(
    'takes %s',
    (address) => expect(webAddressProblem(address, false)).toBeUndefined(),
  );

  it.each(['http://127.0.0.1:22/', 'https://localhost:9999/'])('takes %s where private addresses are allowed', (address) => {
    expect(webAddressProblem(address, true)).toBeUndefined();
    expect(webAddressProblem(`${address}\n`, true)).toMatch(/control character/);
  });
});

describe('canonicalWebAddress', () => {
  it.each([
    ['https://Example.COM', 'https://example.com/'],
    ['HTTPS://example.com:443/a/../b', 'https://example.com/b'],
    ['https://bücher.example/x?y=Z#part', 'https://xn--bcher-kva.example/x?y=Z'],
  ])('%s is %s', (address, canonical) => expect(canonicalWebAddress(address)).toBe(canonical));

  it('has one form, which is valid', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true, validSchemes: ['https'] }), (address) => {
        fc.pre(webAddressProblem(address, false) === undefined);
        const canonical = canonicalWebAddress(address);
        expect(canonicalWebAddress(canonical)).toBe(canonical);
        expect(webAddressProblem(canonical, false)).toBeUndefined();
      }),
    );
  });
});
