import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { generateVapidKeys, Vapid, vapidKeysProblem } from './vapid.js';

const NOW = Date.UTC(2026, 10, 20, 9);
const SUBJECT = 'mailto:ops@example.com';

describe('VAPID', () => {
  it('signs a token that the public key verifies, for the origin and for less than a day', () => {
    const keys = generateVapidKeys();
    const header = new Vapid({ ...keys, subject: SUBJECT }).authorization('https://push.example.com', NOW);
    const [, token = '', key] = /^vapid t=([^,]+), k=(.+)$/.exec(header) ?? [];
    expect(key).toBe(keys.publicKey);
    const [head = '', claims = '', signature = ''] = token.split('.');
    const point = Buffer.from(keys.publicKey, 'base64url');
    const publicKey = createPublicKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: point.subarray(1, 33).toString('base64url'),
        y: point.subarray(33).toString('base64url'),
      },
    });
    const signed = Buffer.from(`${head}.${claims}`);
    expect(verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))).toBe(
      true,
    );
    const { aud, exp, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
      aud: string;
      exp: number;
      sub: string;
    };
    expect([aud, sub]).toEqual(['https://push.example.com', SUBJECT]);
    expect(exp * 1_000 - NOW).toBeGreaterThan(0);
    expect(exp * 1_000 - NOW).toBeLessThan(24 * 60 * 60 * 1_000);
  });

  it('signs once for each origin, and again when half of its time is over', () => {
    const vapid = new Vapid({ ...generateVapidKeys(), subject: SUBJECT });
    const first = vapid.authorization('https://a.example', NOW);
    expect(vapid.authorization('https://a.example', NOW + 60_000)).toBe(first);
    expect(vapid.authorization('https://b.example', NOW)).not.toBe(first);
    expect(vapid.authorization('https://a.example', NOW + 7 * 60 * 60 * 1_000)).not.toBe(first);
  });

  it('tells a pair of keys from two that do not belong together', () => {
    const keys = generateVapidKeys();
    expect(vapidKeysProblem(keys.publicKey, keys.privateKey)).toBeUndefined();
    expect(vapidKeysProblem(generateVapidKeys().publicKey, keys.privateKey)).toMatch(/does not belong/);
    expect(vapidKeysProblem(keys.publicKey, 'AAAA')).toMatch(/32 octets/);
    expect(vapidKeysProblem(keys.publicKey, Buffer.alloc(32).toString('base64url'))).toMatch(/no private key/);
  });
});
