import { createHash } from 'node:crypto';

/** A browser's push subscription, as `PushSubscription.toJSON()` gives it (W3C Push API). */
export interface WebPushDevice {
  /** Web Push. */
  readonly kind: 'web';
  /** An `https:` URL of the push service. It is a capability: who knows it can send to the device. */
  readonly endpoint: string;
  /** Base64url: `p256dh` 65 octets, `auth` 16 octets (RFC 8291 §2). */
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** An application that is registered with Firebase Cloud Messaging. */
export interface FcmDevice {
  /** Firebase Cloud Messaging. */
  readonly kind: 'fcm';
  /** The registration token. It is a capability: who knows it can send to the device. */
  readonly token: string;
}

/** A device that push messages go to. */
export type PushDevice = WebPushDevice | FcmDevice;

/** Names a device without showing its endpoint or token: the same for the same one. */
export function deviceKey(device: PushDevice): string {
  return createHash('sha256')
    .update(device.kind === 'web' ? device.endpoint : device.token)
    .digest('base64url')
    .slice(0, 22);
}
