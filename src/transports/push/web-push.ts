import { type Clock } from '../../model/clock.js';
import { type WebPushDevice } from '../../model/push-device.js';
import { type HttpConnections } from '../http/http-connections.js';
import { ofError } from '../http/http-failure.js';
import { webAddressProblem } from '../http/web-address.js';
import { retryAfterMs } from '../retry-after.js';
import { type DeviceFailure, deviceFailure, type DeviceResult, TAKEN } from './device-result.js';
import { PUSH_CALLS, type PushDetails } from './push-details.js';
import { Vapid, type VapidKeys } from './vapid.js';
import { encryptWebPush } from './web-push-encryption.js';

/** Sends to browsers (RFC 8030), encrypted for each (RFC 8291), as the application that VAPID names (RFC 8292). */
export class WebPush {
  private readonly vapid: Vapid;

  constructor(
    keys: VapidKeys,
    private readonly connections: HttpConnections,
    private readonly clock: Clock,
    /** Permits `http:` and private addresses. */
    private readonly allowPrivate: boolean,
  ) {
    this.vapid = new Vapid(keys);
  }

  /** Why an endpoint is not called; undefined when it may be. It may have been registered while private addresses were allowed. */
  problemOf({ endpoint }: WebPushDevice): string | undefined {
    return webAddressProblem(endpoint, this.allowPrivate);
  }

  /** One call. @throws Error when the keys of the device are none */
  async send(
    { endpoint, keys }: WebPushDevice,
    payload: Buffer,
    { ttlMs, priority, topic }: PushDetails,
    signal: AbortSignal,
  ): Promise<DeviceResult> {
    const headers = {
      authorization: this.vapid.authorization(new URL(endpoint).origin, this.clock.now()),
      'content-encoding': 'aes128gcm',
      'content-type': 'application/octet-stream',
      ttl: String(Math.max(1, Math.floor(ttlMs / 1_000))),
      topic,
      urgency: priority === 'critical' ? 'high' : priority,
    };
    const answer = await this.connections.post({ url: endpoint, headers, body: encryptWebPush(payload, keys) }, signal);
    if (!('status' in answer)) return ofFailure(ofError(answer, signal.aborted, PUSH_CALLS));
    return resultOf(answer.status, retryAfterMs(answer.retryAfter, this.clock.now()));
  }
}

/** What a push service's answer means (RFC 8030 §5, §7.3; RFC 8292 §4.2). */
function resultOf(status: number, waitMs: number | undefined): DeviceResult {
  const answered = `the push service answered ${status}`;
  if (status >= 200 && status < 300) return TAKEN;
  switch (status) {
    case 404:
    case 410:
      return deviceFailure('gone', 'address_rejected', `${answered}: the subscription ended`);
    case 401:
    case 403:
      // A subscription that was made with another key is refused alone.
      return {
        ...deviceFailure('credentials', 'credentials_rejected', `${answered}: check VAPID_SUBJECT and the keys`),
        perDevice: true,
      };
    case 413:
      return { ...deviceFailure('permanent', 'content_rejected', `${answered}: the message is too large`), tooLarge: true };
    case 429:
      return deviceFailure('retry', 'rate_limited', answered, waitMs);
    case 408:
    case 425:
      return deviceFailure('retry', 'temporarily_refused', answered, waitMs);
    default:
      return status >= 500
        ? deviceFailure('retry', 'temporarily_refused', answered, waitMs)
        : deviceFailure('permanent', 'content_rejected', answered);
  }
}

/** A call without an answer, for one device. */
export function ofFailure({ kind, failure, retryAfterMs: waitMs }: ReturnType<typeof ofError>): DeviceFailure {
  const { reason, message } = failure;
  switch (kind) {
    case 'deferred':
      return deviceFailure('held', reason, message, waitMs);
    case 'channel_unavailable':
      return deviceFailure('credentials', reason, message);
    case 'permanent':
    case 'retry':
    case 'uncertain':
      return deviceFailure(kind, reason, message, waitMs);
  }
}
