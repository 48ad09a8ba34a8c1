import { createECDH, createPrivateKey, type KeyObject, sign } from 'node:crypto';

/** A token may be valid for 24 h (RFC 8292 §2); half of that leaves room for clocks that differ. */
const TOKEN_MS = 12 * 60 * 60 * 1_000;
/** Push services are few; an attacker's endpoints may be many. */
const MAX_TOKENS = 1_000;
const HEADER = base64url(JSON.stringify({ typ: 'JWT', alg: 'ES256' }));

export interface VapidKeys {
  /** Who operates the application: `mailto:` or `https:`. */
  readonly subject: string;
  /** Base64url of the 65 octets of an uncompressed P-256 point. */
  readonly publicKey: string;
  /** Base64url of the 32 octets of its private key. */
  readonly privateKey: string;
}

/** Identifies the application to push services (RFC 8292): a signed token per service, made again before it expires. */
export class Vapid {
  readonly #key: KeyObject;
  private readonly subject: string;
  private readonly publicKey: string;
  private readonly tokens = new Map<string, { readonly header: string; readonly renewAt: number }>();

  constructor({ subject, publicKey, privateKey }: VapidKeys) {
    const point = Buffer.from(publicKey, 'base64url');
    const coordinates = { x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') };
    this.#key = createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', d: privateKey, ...coordinates } });
    this.subject = subject;
    this.publicKey = publicKey;
  }

  /** The header `Authorization` for a push service. @param origin of the endpoint @param now epoch ms */
  authorization(origin: string, now: number): string {
    const known = this.tokens.get(origin);
    if (known !== undefined && now < known.renewAt) return known.header;
    const claims = { aud: origin, exp: Math.floor((now + TOKEN_MS) / 1_000), sub: this.subject };
    const unsigned = `${HEADER}.${base64url(JSON.stringify(claims))}`;
    const signature = sign('sha256', Buffer.from(unsigned), { key: this.#key, dsaEncoding: 'ieee-p1363' });
    const header = `vapid t=${unsigned}.${signature.toString('base64url')}, k=${this.publicKey}`;
    if (this.tokens.size >= MAX_TOKENS) this.tokens.clear();
    this.tokens.set(origin, { header, renewAt: now + TOKEN_MS / 2 });
    return header;
  }
}

/** Returns what is wrong with a pair of keys; undefined when nothing is. */
export function vapidKeysProblem(publicKey: string, privateKey: string): string | undefined {
  const given = Buffer.from(privateKey, 'base64url');
  if (given.length !== 32) return 'VAPID_PRIVATE_KEY must be 32 octets in base64url';
  try {
    const ecdh = createECDH('prime256v1');
    ecdh.setPrivateKey(given);
    return ecdh.getPublicKey('base64url') === publicKey ? undefined : 'VAPID_PUBLIC_KEY does not belong to VAPID_PRIVATE_KEY';
  } catch {
    return 'VAPID_PRIVATE_KEY is no private key of P-256';
  }
}

/** A new pair of keys. Every subscription is bound to the public one: with another one all devices must register again. */
export function generateVapidKeys(): { readonly publicKey: string; readonly privateKey: string } {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  // A private key with leading zeros is shorter.
  const privateKey = Buffer.concat([Buffer.alloc(32), ecdh.getPrivateKey()]).subarray(-32);
  return { publicKey: ecdh.getPublicKey('base64url'), privateKey: privateKey.toString('base64url') };
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
