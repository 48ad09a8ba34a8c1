import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasApiToken } from './api-token.js';

const basic = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('hasApiToken', () => {
  it('takes the token as bearer, and as the password of any user', () => {
    expect(hasApiToken('Bearer s3cret', 's3cret')).toBe(true);
    expect(hasApiToken('bearer  s3cret ', 's3cret')).toBe(true);
    expect(hasApiToken(basic('', 's3cret'), 's3cret')).toBe(true);
    expect(hasApiToken(basic('ann', 's3:cret'), 's3:cret')).toBe(true);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    's3cret',
    'Bearer s3cre',
    'Bearer s3crett',
    'Digest s3cret',
    basic('s3cret', ''),
    'Basic s3cret',
    'Basic %%%',
  ])('refuses %p', (header) => expect(hasApiToken(header, 's3cret')).toBe(false));

  it('refuses every other header', () => {
    fc.assert(
      fc.property(fc.string(), (token) => {
        fc.pre(token.trim() !== 's3cret');
        expect(hasApiToken(`Bearer ${token}`, 's3cret')).toBe(false);
      }),
    );
  });
});
