import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addressOf, canonicalEmailAddress, displayNameOf, emailAddressProblem, wireAddress } from './email-address.js';

describe('emailAddressProblem', () => {
  it.each([
    'ann@example.com',
    'a@localhost',
    "o'hara+tag.x_y-z@mail.example.co.uk",
    'müller@example.com',
    'jo@bücher.example',
    'a@[127.0.0.1]',
    'a@[IPv6:::1]',
    `${'a'.repeat(64)}@example.com`,
  ])('takes %s', (address) => {
    expect(emailAddressProblem(address)).toBeUndefined();
  });

  it.each([
    '',
    'ann',
    '@example.com',
    'ann@',
    'a b@example.com',
    'a@b@example.com',
    '.a@example.com',
    'a.@example.com',
    'a..b@example.com',
    'a@-x.com',
    'a@x..com',
    'a@x.com.',
    'a,b@example.com',
    '<a@example.com>',
    'Ann <a@example.com>',
    'a@example.com>',
    'a@example.com\r\nRCPT TO:<eve@example.com>',
    'a@example.com\n',
    'a\0@example.com',
    'a\u2028@example.com',
    'a\u200b@example.com',
    'a\u0085@example.com',
    '"a b"@example.com',
    'a@[999.0.0.1]',
    'a@[IPv6:zz]',
    'a@[127.0.0.1',
    'a@exa mple.com',
    'a@exa<mple.com',
    `${'a'.repeat(65)}@example.com`,
    `a@${'a'.repeat(64)}.com`,
    `a@${'abc.'.repeat(70)}com`,
  ])('refuses %j', (address) => {
    expect(emailAddressProblem(address)).toEqual(expect.any(String));
  });

  it('lets no character through that means something in a header or a command', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
        const address = `${left}@${right}`;
        if (emailAddressProblem(address) === undefined) expect(address).not.toMatch(/[\s<>,;"()\\]|\p{Cc}/u);
      }),
      { numRuns: 2000 },
    );
  });

  it('is done at once with what is long', () => {
    for (const unit of ['a', '.', 'a.', '@', 'ü']) expect(emailAddressProblem(unit.repeat(1_000_000))).toContain('longer');
  });
});

it('reads a sender with and without a name', () => {
  expect([addressOf('Ann <a@b.c>'), displayNameOf('Ann <a@b.c>')]).toEqual(['a@b.c', 'Ann']);
  expect([addressOf('"A, \\"B\\"" <a@b.c>'), displayNameOf('"A, \\"B\\"" <a@b.c>')]).toEqual(['a@b.c', 'A, "B"']);
  expect([addressOf(' a@b.c '), displayNameOf('a@b.c')]).toEqual(['a@b.c', '']);
  expect(wireAddress('ü@bücher.example')).toBe('ü@xn--bcher-kva.example');
});

describe('canonicalEmailAddress', () => {
  it.each([
    ['Ann@Example.COM', 'Ann@example.com'],
    ['ann+A@EXAMPLE.com', 'ann+A@example.com'],
    ['jo@Bücher.example', 'jo@xn--bcher-kva.example'],
    ['jo@XN--Bcher-KVA.example', 'jo@xn--bcher-kva.example'],
    ['Müller@Example.com', 'Müller@example.com'],
    ['a@[ipv6:2001:DB8::1]', 'a@[IPv6:2001:db8::1]'],
    ['a@[127.0.0.1]', 'a@[127.0.0.1]'],
  ])('%s is %s', (address, canonical) => {
    expect(emailAddressProblem(address)).toBeUndefined();
    expect(canonicalEmailAddress(address)).toBe(canonical);
  });

  it('of a valid address is valid, has one form and does not depend on the case of the domain', () => {
    const domain = fc.oneof(fc.domain(), fc.constantFrom('Bücher.example', 'MÜLLER.de', '例え.テスト'));
    fc.assert(
      fc.property(fc.constantFrom('ann', 'Ann', 'a.b+c'), domain, (local, host) => {
        const address = `${local}@${host}`;
        fc.pre(emailAddressProblem(address) === undefined);
        const canonical = canonicalEmailAddress(address);
        expect(emailAddressProblem(canonical)).toBeUndefined();
        expect(canonicalEmailAddress(canonical)).toBe(canonical);
        expect(canonicalEmailAddress(`${local}@${host.toUpperCase()}`)).toBe(canonical);
        expect(canonical.startsWith(`${local}@`)).toBe(true);
      }),
    );
  });

  it('refuses a domain that is too long in ASCII', () => {
    const domain = Array.from({ length: 7 }, () => 'ü'.repeat(13)).join('.');
    const address = `${'a'.repeat(64)}@${domain}`;
    if (Buffer.byteLength(wireAddress(address)) > 254) expect(emailAddressProblem(address)).toMatch(/in ASCII/);
    else expect(emailAddressProblem(address)).toBeUndefined();
  });
});
