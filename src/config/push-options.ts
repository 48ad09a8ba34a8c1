import { isRecord } from '../model/record.js';
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FCM_URL, type ServiceAccount } from '../transports/push/fcm-account.js';
import { vapidKeysProblem } from '../transports/push/vapid.js';
import { MAX_WAIT_MS } from './limits.js';
import { option, optionalVariable, secretVariable, type SettingsOf } from './setting.js';
import { flag, text, type ValueReader, wholeNumber } from './value-reader.js';

/** `subject`, `publicKey` and `privateKey` turn Web Push on, `fcmServiceAccount` turns FCM on; either turns the channel on. */
export interface PushOptions {
  /** `VAPID_SUBJECT`: who operates the application, `mailto:ops@example.com` or an `https:` URL; push services write there (RFC 8292 §2.1). */
  readonly subject?: string | undefined;
  /** `VAPID_PUBLIC_KEY`: base64url. Every subscription is bound to it: with another one all devices must register again. */
  readonly publicKey?: string | undefined;
  /** `VAPID_PRIVATE_KEY`: base64url. */
  readonly privateKey?: string | undefined;
  /** `FCM_SERVICE_ACCOUNT`: the service account of the Firebase project: the path of its file, its JSON, or in TypeScript the object. */
  readonly fcmServiceAccount?: string | object | undefined;
  /** Where FCM is reached. Defaults to Google's. No variable. */
  readonly fcmUrl?: string | undefined;
  /** How long push services keep a message for a device that is offline, ms; `expiresAt` makes it shorter. Defaults to a day. No variable. */
  readonly ttlMs?: number | undefined;
  /**
   * Most octets of a payload, 500..3993. Defaults to 2700: browsers take 3993 (RFC 8291 §4), and Firefox on Android, behind its bridge, about 2744. No
   * variable.
   */
  readonly maxBytes?: number | undefined;
  /** Most devices of a person, 1..100; the one that was registered first goes. Defaults to 20. No variable. */
  readonly maxDevices?: number | undefined;
  /** Permits endpoints with `http:` and of private addresses: for tests and push services of one's own. Defaults to false. No variable. */
  readonly allowPrivate?: boolean | undefined;
  /** Longest time for one call to a push service until its status is there, 100..60000 ms. Defaults to 15 000. No variable. */
  readonly timeoutMs?: number | undefined;
}

/** RFC 8292 §2.1; Apple refuses a subject with spaces or angle brackets, and one of a local host. */
const subject: ValueReader<string> = (value, place) => {
  const given = typeof value === 'string' ? value : '';
  const host = given.startsWith('mailto:') ? given.split('@')[1] : URL.canParse(given) ? new URL(given).hostname : undefined;
  const known = /^(?:mailto:[^\s<>@]+@[^\s<>@]+|https:\/\/[^\s<>]+)$/.test(given);
  const local = host === undefined || host === 'localhost' || host.endsWith('.local');
  return known && !local ? given : place.refuse(value, 'mailto: and an e-mail address, or an https URL, not of a local host');
};

const serviceAccount: ValueReader<ServiceAccount> = (value, place) => {
  const allowed =
    'a service account of Firebase: a path, its JSON, or an object, with project_id, client_email, private_key, token_uri';
  let given: unknown = value;
  try {
    if (typeof value === 'string') given = JSON.parse(value.trim().startsWith('{') ? value : readFileSync(value, 'utf8'));
  } catch {
    return place.refuse(value, `${allowed}; it cannot be read`);
  }
  if (!isRecord(given)) return place.refuse(value, allowed);
  const { project_id, client_email, private_key, token_uri } = given;
  if (typeof project_id !== 'string' || typeof client_email !== 'string') return place.refuse(value, allowed);
  if (typeof private_key !== 'string' || typeof token_uri !== 'string' || !URL.canParse(token_uri))
    return place.refuse(value, allowed);
  if (!isPrivateKey(private_key)) return place.refuse(value, `${allowed}; its private_key is no RSA key in PEM`);
  return { project_id, client_email, private_key, token_uri };
};

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

const base64url = text(/^[A-Za-z0-9_-]{40,90}$/, 'a key in base64url; `generateVapidKeys()` makes a pair');

export const PUSH_SETTINGS = {
  subject: optionalVariable('VAPID_SUBJECT', subject),
  publicKey: optionalVariable('VAPID_PUBLIC_KEY', base64url),
  privateKey: secretVariable<string | undefined>('VAPID_PRIVATE_KEY', base64url, undefined),
  fcmServiceAccount: secretVariable<ServiceAccount | undefined>('FCM_SERVICE_ACCOUNT', serviceAccount, undefined),
  fcmUrl: option<string>(text(/^https?:\/\/\S+$/, 'an http(s) address'), FCM_URL),
  ttlMs: option(wholeNumber(0, MAX_WAIT_MS), 24 * 60 * 60 * 1_000),
  maxBytes: option(wholeNumber(500, 3_993), 2_700),
  maxDevices: option(wholeNumber(1, 100), 20),
  allowPrivate: option(flag(), false),
  timeoutMs: option(wholeNumber(100, 60_000), 15_000),
} satisfies SettingsOf<PushOptions>;

/** The push options with what belongs together in one place. */
export interface ResolvedPushOptions {
  /** The keys of Web Push; undefined: it is off. */
  readonly vapid?: { readonly subject: string; readonly publicKey: string; readonly privateKey: string };
  /** The account of Firebase Cloud Messaging; undefined: it is off. */
  readonly fcm?: { readonly account: ServiceAccount; readonly url: string };
  /** See `PushOptions.ttlMs`. */
  readonly ttlMs: number;
  /** See `PushOptions.maxBytes`. */
  readonly maxBytes: number;
  /** See `PushOptions.maxDevices`. */
  readonly maxDevices: number;
  /** See `PushOptions.allowPrivate`. */
  readonly allowPrivate: boolean;
  /** See `PushOptions.timeoutMs`. */
  readonly timeoutMs: number;
}

interface ReadPushOptions {
  readonly subject: string | undefined;
  readonly publicKey: string | undefined;
  readonly privateKey: string | undefined;
  readonly fcmServiceAccount: ServiceAccount | undefined;
  readonly fcmUrl: string;
  readonly ttlMs: number;
  readonly maxBytes: number;
  readonly maxDevices: number;
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
}

/** @param problems one line is added when the three VAPID settings do not belong together */
export function pushOptionsOf(read: ReadPushOptions, problems: string[]): ResolvedPushOptions {
  const { subject: by, publicKey, privateKey, fcmServiceAccount: account, fcmUrl: url, ...rest } = read;
  const fcm = account === undefined ? {} : { fcm: { account, url } };
  if (by === undefined && publicKey === undefined && privateKey === undefined) return { ...rest, ...fcm };
  if (by === undefined || publicKey === undefined || privateKey === undefined) {
    problems.push('VAPID_SUBJECT, VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY: got some of them; Web Push needs all three');
    return { ...rest, ...fcm };
  }
  const wrong = vapidKeysProblem(publicKey, privateKey);
  if (wrong !== undefined) problems.push(wrong);
  return { ...rest, ...fcm, ...(wrong === undefined ? { vapid: { subject: by, publicKey, privateKey } } : {}) };
}
