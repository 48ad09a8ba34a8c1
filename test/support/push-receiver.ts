import { createDecipheriv, createECDH, createHmac, type ECDH, randomBytes } from 'node:crypto';

/** A browser's half of a subscription: its keys (RFC 8291 §2). */
export class PushReceiver {
  readonly ecdh: ECDH = createECDH('prime256v1');
  readonly secret = randomBytes(16);
  readonly keys: { readonly p256dh: string; readonly auth: string };

  constructor() {
    this.ecdh.generateKeys();
    this.keys = { p256dh: this.ecdh.getPublicKey('base64url'), auth: this.secret.toString('base64url') };
  }
}

/** What a browser does with a body (RFC 8188 §2, RFC 8291 §3.4). @throws Error when it is not for this receiver */
export function decryptWebPush(body: Buffer, { ecdh, secret }: PushReceiver): Buffer {
  const salt = body.subarray(0, 16);
  const keyOctets = body.readUInt8(20);
  const sender = body.subarray(21, 21 + keyOctets);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), ecdh.getPublicKey(), sender]);
  const ikm = hkdf(secret, ecdh.computeSecret(sender), info, 32);
  const key = hkdf(salt, ikm, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = hkdf(salt, ikm, Buffer.from('Content-Encoding: nonce\0'), 12);
  const record = body.subarray(21 + keyOctets);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  const end = padded.lastIndexOf(2);
  return padded.subarray(0, end);
}

/** RFC 5869, for outputs of at most 32 octets. */
function hkdf(salt: Buffer, ikm: Buffer, info: Buffer, octets: number): Buffer {
  const prk = createHmac('sha256', salt).update(ikm).digest();
  return createHmac('sha256', prk)
    .update(info)
    .update(Buffer.from([1]))
    .digest()
    .subarray(0, octets);
}
