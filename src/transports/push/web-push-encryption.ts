import { createCipheriv, createECDH, createHmac, type ECDH, randomBytes } from 'node:crypto';
import { type WebPushDevice } from '../../model/push-device.js';

const ONE = Buffer.from([1]);
const KEY_INFO = Buffer.from('WebPush: info\0');
const CEK_INFO = Buffer.concat([Buffer.from('Content-Encoding: aes128gcm\0'), ONE]);
const NONCE_INFO = Buffer.concat([Buffer.from('Content-Encoding: nonce\0'), ONE]);
/** Ends the only record (RFC 8188 §2). */
const LAST_RECORD = Buffer.from([2]);
const RECORD_OCTETS = 4_096;
const HEADER_OCTETS = 21;

/** What is random in an encryption; given only by tests. */
interface EncryptionSeed {
  /** 16 octets. */
  readonly salt: Buffer;
  /** A P-256 key pair of this message. */
  readonly sender: ECDH;
}

/**
 * Encrypts a message for one subscription (RFC 8291): one `aes128gcm` record (RFC 8188) under a key that the browser and this message share.
 *
 * @param text at most 3993 octets; push services take bodies of 4096 (RFC 8030 §7.2)
 */
export function encryptWebPush(
  text: Buffer,
  { p256dh, auth }: WebPushDevice['keys'],
  { salt, sender }: EncryptionSeed = freshSeed(),
): Buffer {
  const receiverKey = Buffer.from(p256dh, 'base64url');
  const senderKey = sender.getPublicKey();
  const secret = hmac(Buffer.from(auth, 'base64url'), sender.computeSecret(receiverKey));
  const key = hmac(salt, hmac(secret, KEY_INFO, receiverKey, senderKey, ONE));
  const cipher = createCipheriv('aes-128-gcm', hmac(key, CEK_INFO).subarray(0, 16), hmac(key, NONCE_INFO).subarray(0, 12));
  const header = Buffer.alloc(HEADER_OCTETS);
  salt.copy(header);
  header.writeUInt32BE(RECORD_OCTETS, 16);
  header.writeUInt8(senderKey.length, 20);
  return Buffer.concat([header, senderKey, cipher.update(text), cipher.update(LAST_RECORD), cipher.final(), cipher.getAuthTag()]);
}

/** Returns what is wrong with a subscription's keys; undefined when nothing is. */
export function subscriptionKeysProblem({ p256dh, auth }: WebPushDevice['keys']): string | undefined {
  const receiverKey = Buffer.from(p256dh, 'base64url');
  if (Buffer.from(auth, 'base64url').length !== 16) return 'keys.auth must be 16 octets in base64url';
  if (receiverKey.length !== 65 || receiverKey[0] !== 4)
    return 'keys.p256dh must be 65 octets in base64url, an uncompressed point';
  try {
    freshSeed().sender.computeSecret(receiverKey);
    return undefined;
  } catch {
    return 'keys.p256dh must be a point on P-256';
  }
}

function freshSeed(): EncryptionSeed {
  const sender = createECDH('prime256v1');
  sender.generateKeys();
  return { salt: randomBytes(16), sender };
}

function hmac(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const hash = createHmac('sha256', key);
  for (const part of parts) hash.update(part);
  return hash.digest();
}
