import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { resolveOptions } from './resolve.js';

const account = (private_key: string): string =>
  JSON.stringify({ project_id: 'p', client_email: 'a@b.c', private_key, token_uri: 'https://oauth2.example/token' });

it('refuses a service account of Firebase whose key is none, and does not show it', () => {
  const ec = String(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }));
  for (const key of ['', 'secret-that-is-no-key', ec]) {
    const start = (): unknown => resolveOptions({}, { FCM_SERVICE_ACCOUNT: account(key) });
    expect(start).toThrow(/FCM_SERVICE_ACCOUNT.*its private_key is no RSA key in PEM/);
    expect(start).not.toThrow(/secret-that-is-no-key|BEGIN/);
  }
  const rsa = String(generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ format: 'pem', type: 'pkcs8' }));
  expect(resolveOptions({}, { FCM_SERVICE_ACCOUNT: account(rsa) }).push.fcm?.account.private_key).toBe(rsa);
});
