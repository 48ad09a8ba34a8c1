import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** Why a secret is none: `whsec_` and 24 to 64 bytes in base64 (Standard Webhooks, "Signature scheme"); undefined when it is one. */
export function webhookSecretProblem(secret: string): string | undefined {
  const encoded = secret.slice(PREFIX.length);
  const bytes = Buffer.from(encoded, 'base64');
  const valid = secret.startsWith(PREFIX) && /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) && bytes.length >= 24 && bytes.length <= 64;
  return valid ? undefined : 'whsec_ and 24 to 64 bytes in base64 (openssl rand -base64 32)';
}

/**
 * The headers of a call (Standard Webhooks): id, time and one signature for each secret, so that a receiver may know either while they
 * are changed.
 *
 * @param atSeconds of this attempt, epoch seconds
 */
export function webhookHeaders(secrets: readonly string[], id: string, atSeconds: number, body: string): Record<string, string> {
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(atSeconds) };
  if (secrets.length === 0) return headers;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${atSeconds}.${body}`).digest('base64')}`;
  });
  return { ...headers, 'webhook-signature': signatures.join(' ') };
}
