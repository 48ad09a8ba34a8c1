import { type FcmDevice } from '../../model/push-device.js';
import { type PushDetails } from './push-details.js';
import { type PushPayload } from './push-content.js';

/** Longest that FCM keeps a message: four weeks. */
const MAX_TTL_MS = 28 * 24 * 60 * 60 * 1_000;
/** Octets of `apns-collapse-id` (Apple, "Sending notification requests to APNs"). */
const COLLAPSE_OCTETS = 64;

/**
 * A message as FCM takes it (https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages). It has no `collapse_key`: a device keeps four,
 * and which is not said.
 *
 * @param now epoch ms
 */
export function fcmMessage(
  { token }: FcmDevice,
  { id, type, count, title, body, url, items }: PushPayload,
  { tag, topic, ttlMs, priority }: PushDetails,
  now: number,
): Readonly<Record<string, unknown>> {
  const urgent = priority === 'critical' || priority === 'high';
  const boundedMs = Math.max(0, Math.min(MAX_TTL_MS, ttlMs));
  return {
    token,
    notification: { title, ...(body === undefined ? {} : { body }) },
    // FCM takes only texts.
    data: {
      v: '1',
      id,
      type,
      count: String(count),
      ...(url === undefined ? {} : { url }),
      ...(items === undefined ? {} : { items: JSON.stringify(items) }),
    },
    android: { priority: urgent ? 'HIGH' : 'NORMAL', ttl: `${Math.floor(boundedMs / 1_000)}s`, notification: { tag } },
    apns: {
      headers: {
        'apns-collapse-id': Buffer.byteLength(tag) <= COLLAPSE_OCTETS ? tag : topic,
        'apns-expiration': String(Math.floor((now + boundedMs) / 1_000)),
        'apns-priority': priority === 'low' ? '5' : '10',
      },
      payload: { aps: priority === 'low' ? { 'interruption-level': 'passive' } : {} },
    },
  };
}
